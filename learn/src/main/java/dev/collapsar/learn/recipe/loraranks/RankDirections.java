package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.learn.evidence.HeadEvidence;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import dev.collapsar.metric.Measurement;
import dev.collapsar.run.ReportItem;
import dev.collapsar.update.RankSimilarity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Whether updates of different ranks point the same way (Hu et al. 2021, 7.2): the right singular
 * vectors of what every variant moved the head by, the largest singular value's first.
 */
final class RankDirections {
  private final Map<String, Matrix> right = new LinkedHashMap<>();
  private String rankBefore;

  /**
   * Takes a variant's update after its last epoch.
   *
   * @return of a LoRA variant after the first {@code rank_similarity} with the rank before
   */
  List<Measurement> add(Variant variant, Matrix update) {
    SingularVectors svd = HeadEvidence.directions(update);
    if (svd.rank() > 0) {
      right.put(variant.name(), svd.right());
    }
    if (!variant.isAdapter()) {
      return List.of();
    }
    String before = rankBefore;
    rankBefore = variant.name();
    if (before == null) {
      return List.of();
    }
    if (!right.containsKey(before) || svd.rank() == 0) {
      return List.of(Measurement.undefined(RankSimilarity.INFO, "an update is zero"));
    }
    RankSimilarity similarity = RankSimilarity.of(right.get(before), svd.right());
    return similarity.measurements(
        "of the first %s directions, with %s".formatted(similarity.least(), before));
  }

  /** The similarity of all pairs; of the two largest ranks that of every number of directions. */
  List<ReportItem> items() {
    if (right.size() < 2) {
      return List.of();
    }
    List<ReportItem> items = new ArrayList<>();
    List<String> names = List.copyOf(right.keySet());
    items.add(
        new ReportItem.Heatmap(
            "Similarity of updates across ranks",
            "phi(m, m) of Hu et al. 2021: how much of the first m directions (right singular"
                + " vectors) of one update of the head lies in those of the other, m the smaller"
                + " number of directions. By chance it is m over the width of the representation, "
                + chance()
                + ".",
            "update",
            "update",
            names,
            names,
            names.stream().map(one -> names.stream().map(two -> phi(one, two)).toList()).toList(),
            false));
    List<String> ranks = names.stream().filter(name -> name.startsWith(RankSweep.LORA)).toList();
    if (ranks.size() > 1) {
      items.add(direction(ranks.get(ranks.size() - 2), ranks.get(ranks.size() - 1)));
    }
    return items;
  }

  private double phi(String one, String two) {
    RankSimilarity similarity = RankSimilarity.of(right.get(one), right.get(two));
    return similarity.phi(similarity.least(), similarity.least());
  }

  private String chance() {
    int width = right.values().iterator().next().columns();
    int most = right.values().stream().mapToInt(Matrix::rows).max().orElseThrow();
    return String.format(Locale.ROOT, "%.3g to %.3g here", 1.0 / width, (double) most / width);
  }

  private ReportItem direction(String one, String two) {
    double[][] grid = RankSimilarity.of(right.get(one), right.get(two)).grid();
    return new ReportItem.Heatmap(
        "Directions of %s and %s".formatted(one, two),
        "phi(i, j) for the first i directions of the one and the first j of the other: where it"
            + " falls from the first row and column on, what they share are their strongest"
            + " directions.",
        one,
        two,
        numbers(grid.length),
        numbers(grid[0].length),
        IntStream.range(0, grid.length)
            .mapToObj(i -> Arrays.stream(grid[i]).boxed().toList())
            .toList(),
        false);
  }

  private static List<String> numbers(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(Integer::toString).toList();
  }
}
