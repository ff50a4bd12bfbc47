package dev.collapsar.cli.network;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.collapsar.CsvLine;
import dev.collapsar.report.TextTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** How predictions are printed. */
enum PredictionFormat {
  /** For people. */
  TABLE {
    @Override
    String render(List<String> classes, List<PredictedImage> images) {
      TextTable table =
          new TextTable(
              "image", "class", "probability", "nearest mean", "Mahalanobis", "NECO", "lies in");
      images.forEach(
          image ->
              table.row(
                  image.file(),
                  image.prediction().type(),
                  number("%.4f", OptionalDouble.of(image.prediction().probability())),
                  image.prediction().nearestMean() == null ? "-" : image.prediction().nearestMean(),
                  number("%.3g", image.prediction().mahalanobis()),
                  number("%.4f", image.prediction().neco()),
                  image.label().orElse("-")));
      long labelled = labelled(images);
      return table.toText("")
          + (labelled == 0
              ? ""
              : String.format(
                  Locale.ROOT,
                  "accuracy %.4f: %d of %d images that lie in a folder called like a class%n",
                  accuracy(images),
                  right(images),
                  labelled));
    }

    private String number(String format, OptionalDouble value) {
      return value.isPresent() ? String.format(Locale.ROOT, format, value.getAsDouble()) : "-";
    }
  },
  /** For programs: an object with the images, and the accuracy where there is one. */
  JSON {
    @Override
    String render(List<String> classes, List<PredictedImage> images) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("classes", classes);
      all.put("images", images.stream().map(PredictionFormat::fields).toList());
      if (labelled(images) > 0) {
        all.put("labelled", labelled(images));
        all.put("right", right(images));
        all.put("accuracy", accuracy(images));
      }
      try {
        return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(all)
            + "\n";
      } catch (JsonProcessingException e) {
        throw new IllegalStateException(e);
      }
    }
  },
  /** A line an image. */
  CSV {
    @Override
    String render(List<String> classes, List<PredictedImage> images) {
      List<String> lines = new ArrayList<>();
      lines.add("file,class,probability,nearest_class_mean,mahalanobis,neco,label");
      for (PredictedImage image : images) {
        lines.add(
            CsvLine.of(
                fields(image).entrySet().stream()
                    .filter(field -> !field.getKey().equals(PROBABILITIES))
                    .map(field -> field.getValue() == null ? "" : field.getValue().toString())));
      }
      return String.join("\n", lines) + "\n";
    }
  };

  private static final String PROBABILITIES = "probabilities";

  abstract String render(List<String> classes, List<PredictedImage> images);

  private static Map<String, Object> fields(PredictedImage image) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("file", image.file());
    fields.put("class", image.prediction().type());
    fields.put("probability", image.prediction().probability());
    fields.put("nearest_class_mean", image.prediction().nearestMean());
    fields.put("mahalanobis", boxed(image.prediction().mahalanobis()));
    fields.put("neco", boxed(image.prediction().neco()));
    fields.put("label", image.label().orElse(null));
    fields.put(PROBABILITIES, image.prediction().probabilities());
    return fields;
  }

  private static Double boxed(OptionalDouble value) {
    return value.isPresent() ? (Double) value.getAsDouble() : null;
  }

  private static long labelled(List<PredictedImage> images) {
    return images.stream().filter(image -> image.label().isPresent()).count();
  }

  private static long right(List<PredictedImage> images) {
    return images.stream().filter(PredictedImage::isRight).count();
  }

  private static double accuracy(List<PredictedImage> images) {
    return (double) right(images) / labelled(images);
  }
}
