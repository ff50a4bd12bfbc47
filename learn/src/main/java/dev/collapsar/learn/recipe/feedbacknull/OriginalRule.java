package dev.collapsar.learn.recipe.feedbacknull;

import dev.collapsar.learn.feedback.AlignmentSums;
import dev.collapsar.learn.feedback.NullDraws;
import dev.collapsar.learn.feedback.Pairing;
import dev.collapsar.metric.Measurement;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The null-calibration script's own summary and verdict, kept to be compared with: matrix min(l,
 * L-1) for h_l, the mean over all layers and over l = 1 .. L, means and population deviations
 * pooled over draws and layers.
 *
 * <p>It cannot fail. B and -B are equally likely, and the cosine changes sign with them, so fresh
 * matrices have mean 0 in every network; |mean| above 0.10 is sampling noise. What carries
 * information is the spread of the draws, against which {@link NullDraws} sets the observed value.
 *
 * @param layers cosines of the layers with the network's own matrices
 * @param freshDeepMean pooled over draws and layers 1 .. L
 * @param freshDeepStd likewise, divisor the count
 */
record OriginalRule(double[] layers, double freshDeepMean, double freshDeepStd) {
  /** Why its verdict means little. */
  static final String WHY =
      "fresh matrices have mean cosine 0 in every network by symmetry (B and -B are equally"
          + " likely), so this rule says REAL of all of them; what can fail is the observed value"
          + " against the draws' spread";

  /**
   * Applies the rule.
   *
   * @param observed with the network's own matrices under {@link Pairing.Rule#BLOCK_INPUT}
   * @param fresh likewise under that pairing
   * @return null if a layer has no cosine
   */
  static OriginalRule of(AlignmentSums observed, NullDraws fresh) {
    double[] layers = new double[observed.layers().size()];
    for (int l = 0; l < layers.length; l++) {
      if (!(observed.cosine(l) instanceof Measurement.Defined defined)) {
        return null;
      }
      layers[l] = defined.value();
    }
    double[] pooled =
        fresh.cosines().stream().flatMapToDouble(draw -> Arrays.stream(draw).skip(1)).toArray();
    double mean = Arrays.stream(pooled).average().orElseThrow();
    double squares = Arrays.stream(pooled).map(c -> (c - mean) * (c - mean)).sum();
    return new OriginalRule(layers, mean, Math.sqrt(squares / pooled.length));
  }

  /** The mean over all layers. */
  double layerMean() {
    return Arrays.stream(layers).average().orElseThrow();
  }

  /** The mean over layers 1 .. L. */
  double deepMean() {
    return Arrays.stream(layers).skip(1).average().orElseThrow();
  }

  /** The script's words: by |mean of the fresh deep cosines|, below .05, above .10, or between. */
  String verdict() {
    double size = Math.abs(freshDeepMean);
    return size < 0.05 ? "REAL signal" : size > 0.10 ? "NOT specific" : "mixed";
  }

  /** Its summary, a phrase a line. */
  List<String> summary() {
    return List.of(
        "layer-mean %s, deep mean %s".formatted(text(layerMean()), text(deepMean())),
        "fresh deep %s ± %s".formatted(text(freshDeepMean), text(freshDeepStd)),
        "verdict: " + verdict());
  }

  private static String text(double value) {
    return String.format(Locale.ROOT, "%+.4f", value);
  }
}
