package dev.collapsar.classes;

import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.ClassGeometry;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Group;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The larger and the smaller half of imbalanced classes apart: under imbalance the means of small
 * classes fall together first (Fang et al. 2021), which no mean over all classes shows. Of an odd
 * number of classes the middle one counts as large.
 */
public final class ClassHalves {
  private static final int LEAST_CLASSES = 4;

  private ClassHalves() {}

  /**
   * {@code majority_} and {@code minority_} {@code spread}, {@code mean_norm}, {@code cos_pairs},
   * {@code cos_weights}, {@code nearest_mean}; none where all classes have as many samples, or
   * there are fewer than four.
   */
  public static List<Measurement> of(MeasuredCollapse measured) {
    List<ClassNumbers> all =
        ClassNumbers.of(measured).stream()
            .sorted(
                Comparator.comparingLong(ClassNumbers::samples)
                    .reversed()
                    .thenComparingInt(ClassNumbers::label))
            .toList();
    if (all.size() < LEAST_CLASSES || all.get(0).samples() == all.get(all.size() - 1).samples()) {
      return List.of();
    }
    ClassGeometry geometry =
        new ClassGeometry(measured.moments(), measured.measured(), measured.options().globalMean());
    int half = (all.size() + 1) / 2;
    return Stream.concat(
            half("majority", "Larger half", all.subList(0, half), geometry).stream(),
            half("minority", "Smaller half", all.subList(half, all.size()), geometry).stream())
        .toList();
  }

  private static List<Measurement> half(
      String id, String title, List<ClassNumbers> classes, ClassGeometry geometry) {
    String note =
        "%s classes of %s to %s samples"
            .formatted(
                classes.size(),
                classes.get(classes.size() - 1).samples(),
                classes.get(0).samples());
    List<Measurement> found = new ArrayList<>();
    MetricInfo spread =
        info(id + "_spread", title + ": spread", "mean over the half of v_k", "[0, inf)");
    OptionalDouble mean = mean(classes, ClassNumbers::spread);
    found.add(
        mean.isPresent()
            ? Measurement.of(spread, mean.getAsDouble(), note)
            : Measurement.undefined(spread, "a double cannot hold the spread of a class"));
    found.add(
        Measurement.of(
            info(
                id + "_mean_norm",
                title + ": length",
                "mean over the half of ||mc_k||",
                "[0, inf)"),
            mean(classes, of -> OptionalDouble.of(of.norm())).orElseThrow()));
    directions(found, id, title, classes, geometry);
    add(
        found,
        info(
            id + "_nearest_mean",
            title + ": nearest mean",
            "share of the half's decided samples whose own class mean is the nearest",
            "[0, 1]"),
        hits(classes),
        "no decisions were needed");
    return found;
  }

  private static void directions(
      List<Measurement> found,
      String id,
      String title,
      List<ClassNumbers> classes,
      ClassGeometry geometry) {
    add(
        found,
        info(
            id + "_cos_pairs",
            title + ": angles",
            "mean over pairs within the half of cos(mc_i, mc_j); -1/(K-1) in a simplex of all K",
            "[-1, 1]"),
        pairs(classes, geometry),
        "a class mean is the global mean");
    add(
        found,
        info(
            id + "_cos_weights",
            title + ": along the weights",
            "mean over the half of cos(w_k, mc_k)",
            "[-1, 1]"),
        mean(classes, ClassNumbers::cosine),
        "there are no weights, or a length is zero");
  }

  private static MetricInfo info(String id, String title, String formula, String range) {
    return MetricInfo.of(id, title, Group.MEANS, formula).defined(formula, range);
  }

  private static void add(
      List<Measurement> found, MetricInfo info, OptionalDouble value, String reason) {
    found.add(
        value.isPresent()
            ? Measurement.of(info, value.getAsDouble())
            : Measurement.undefined(info, reason));
  }

  private static OptionalDouble mean(
      List<ClassNumbers> classes, Function<ClassNumbers, OptionalDouble> of) {
    List<OptionalDouble> values = classes.stream().map(of).toList();
    return values.stream().anyMatch(OptionalDouble::isEmpty)
        ? OptionalDouble.empty()
        : values.stream().mapToDouble(OptionalDouble::getAsDouble).average();
  }

  private static OptionalDouble pairs(List<ClassNumbers> classes, ClassGeometry geometry) {
    if (geometry.withoutDirection().isPresent()) {
      return OptionalDouble.empty();
    }
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < geometry.classes(); i++) {
      int label = geometry.label(i);
      if (classes.stream().anyMatch(of -> of.label() == label)) {
        places.add(i);
      }
    }
    // The sum over all pairs from the sum of the directions: ||sum u||^2 = K + 2 sum_{i<j} u_i.u_j.
    Matrix centred = geometry.centred();
    double square = 0;
    for (int d = 0; d < geometry.width(); d++) {
      double sum = 0;
      for (int i : places) {
        sum += centred.get(i, d) / geometry.norms()[i];
      }
      square += sum * sum;
    }
    double count = places.size();
    return OptionalDouble.of((square - count) / (count * (count - 1)));
  }

  private static OptionalDouble hits(List<ClassNumbers> classes) {
    long decided = 0;
    long hits = 0;
    for (ClassNumbers of : classes) {
      if (of.decided().isEmpty() || of.nearestMeanHits().isEmpty()) {
        return OptionalDouble.empty();
      }
      decided += of.decided().getAsLong();
      hits += of.nearestMeanHits().getAsLong();
    }
    return decided == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) hits / decided);
  }
}
