package dev.collapsar.learn.recipe.finetune;

import dev.collapsar.inference.Accuracy;
import dev.collapsar.inference.Interval;
import dev.collapsar.inference.PairedAccuracy;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.variant.SampleGrid;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.RunRecord.Sample;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The charts and tables of the networks that were kept: accuracies by class, what was taken for
 * what, the worst errors, and which variant did best.
 *
 * @param test the images that are reported
 * @param files of the test images, in their order; empty if they are no files of their own
 */
record FineTuneReportItems(RunContext run, OrderedBatches test, List<String> files) {
  private static final int WORST_SHOWN = 8;
  private static final int MOST_CLASSES = 40;

  /** The variants that were kept, in the order of training, with what each decides of the test. */
  void show(Map<String, Decisions> variants, Map<String, Double> validation) {
    if (variants.isEmpty()) {
      return;
    }
    String best = best(validation);
    run.add(answer(variants, validation, best));
    run.add(byClass(variants));
    if (test.classes().size() <= MOST_CLASSES) {
      variants.forEach((name, decisions) -> run.add(confusion(name, decisions)));
    }
    worst(best, variants.get(best)).forEach(run::addSample);
  }

  private static String best(Map<String, Double> validation) {
    return validation.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElseThrow();
  }

  private ReportItem answer(
      Map<String, Decisions> variants, Map<String, Double> validation, String best) {
    List<String> evidence = new ArrayList<>();
    variants.forEach(
        (name, decisions) ->
            evidence.add(
                "%s: validation %s, test %s"
                    .formatted(name, three(validation.get(name)), share(accuracy(decisions)))));
    Map<String, PairedAccuracy> against = new LinkedHashMap<>();
    variants.forEach(
        (name, decisions) -> {
          if (!name.equals(best)) {
            against.put(name, PairedAccuracy.of(right(variants.get(best)), right(decisions)));
          }
        });
    against.forEach(
        (name, pair) ->
            evidence.add(
                String.format(
                    Locale.ROOT,
                    "%s - %s on the test: %+.3f, 95%% interval %+.3f to %+.3f, McNemar mid-p %.3g",
                    best,
                    name,
                    pair.difference(),
                    pair.interval().low(),
                    pair.interval().high(),
                    pair.midP())));
    return new ReportItem.Answer(
        "The best on validation",
        "Which variant does best on the validation images, and how does it do on the test, which"
            + " chose nothing?",
        "%s, with %s of the test images right."
            .formatted(best, share(accuracy(variants.get(best)))),
        evidence);
  }

  private static boolean[] right(Decisions decisions) {
    boolean[] right = new boolean[decisions.labels().length];
    for (int i = 0; i < right.length; i++) {
      right[i] = decisions.isRight(i);
    }
    return right;
  }

  private static Accuracy accuracy(Decisions decisions) {
    return new Accuracy(
        decisions.labels().length,
        IntStream.range(0, decisions.labels().length).filter(decisions::isRight).count());
  }

  private ReportItem byClass(Map<String, Decisions> variants) {
    List<String> columns = new ArrayList<>(List.of("class", "test images"));
    columns.addAll(variants.keySet());
    List<List<String>> rows = new ArrayList<>();
    for (int k = 0; k < test.classes().size(); k++) {
      int type = k;
      List<String> cells = new ArrayList<>(List.of(test.classes().get(k)));
      for (Decisions decisions : variants.values()) {
        int[] own =
            IntStream.range(0, decisions.labels().length)
                .filter(i -> decisions.labels()[i] == type)
                .toArray();
        if (cells.size() == 1) {
          cells.add(Integer.toString(own.length));
        }
        cells.add(
            own.length == 0
                ? "no test image"
                : share(
                    new Accuracy(
                        own.length, IntStream.of(own).filter(decisions::isRight).count())));
      }
      rows.add(cells);
    }
    return new ReportItem.Table(
        "Accuracy by class",
        "Share of each class's test images that is classified right by the network that was kept,"
            + " with Wilson's 95% interval.",
        columns,
        rows);
  }

  private ReportItem confusion(String variant, Decisions decisions) {
    int classes = test.classes().size();
    double[][] counts = new double[classes][classes];
    for (int i = 0; i < decisions.labels().length; i++) {
      counts[decisions.labels()[i]][decisions.predicted()[i]]++;
    }
    List<List<Double>> rows = new ArrayList<>();
    for (double[] row : counts) {
      rows.add(IntStream.range(0, classes).mapToObj(j -> row[j]).toList());
    }
    return new ReportItem.Heatmap(
        "What %s takes for what".formatted(variant),
        "Test images by true class and decision; right ones stand on the diagonal.",
        "true",
        "taken for",
        test.classes(),
        test.classes(),
        rows,
        false);
  }

  /** The errors that the network was surest of. */
  private List<Sample> worst(String variant, Decisions decisions) {
    int[] worst =
        IntStream.range(0, decisions.labels().length)
            .filter(i -> !decisions.isRight(i))
            .boxed()
            .sorted(Comparator.comparing(i -> decisions.ofTruth()[i]))
            .limit(WORST_SHOWN)
            .mapToInt(Integer::intValue)
            .toArray();
    if (worst.length == 0) {
      return List.of();
    }
    OrderedBatches shown = new OrderedBatches(test.samples(), worst.length, worst, test.seed());
    List<Sample> images = SampleGrid.row("surest errors of " + variant, shown, worst.length);
    List<Sample> labelled = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      int image = worst[i];
      labelled.add(
          new Sample(
              images.get(i).row(),
              String.format(
                  Locale.ROOT,
                  "%s taken for %s, %.2f%s",
                  images.get(i).label(),
                  test.classes().get(decisions.predicted()[image]),
                  decisions.sureness()[image],
                  files.isEmpty() ? "" : " (" + files.get(image) + ")"),
              images.get(i).png()));
    }
    return labelled;
  }

  private static String share(Accuracy accuracy) {
    Interval interval = accuracy.interval();
    return String.format(
        Locale.ROOT, "%.3f (%.3f to %.3f)", accuracy.share(), interval.low(), interval.high());
  }

  private static String three(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
