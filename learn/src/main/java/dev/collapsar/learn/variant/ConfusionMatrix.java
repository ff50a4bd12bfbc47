package dev.collapsar.learn.variant;

import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.run.ReportItem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How many samples of each class were taken for which.
 *
 * @param counts (K,K): row the true class, column the decision
 */
public record ConfusionMatrix(List<String> classes, long[][] counts) {
  public static ConfusionMatrix of(List<String> classes, Evaluation evaluation) {
    long[][] counts = new long[classes.size()][classes.size()];
    for (int i = 0; i < evaluation.labels().length; i++) {
      counts[evaluation.labels()[i]][evaluation.predicted()[i]]++;
    }
    return new ConfusionMatrix(classes, counts);
  }

  public long samples(int k) {
    return IntStream.range(0, classes.size()).mapToLong(j -> counts[k][j]).sum();
  }

  /** Samples of the class that were taken for another. */
  public long errors(int k) {
    return samples(k) - counts[k][k];
  }

  /** The class with the most errors; the first of them if several have as many. */
  public int worst() {
    int worst = 0;
    for (int k = 1; k < classes.size(); k++) {
      worst = errors(k) > errors(worst) ? k : worst;
    }
    return worst;
  }

  /** Share right of the samples of this class, or of all others; of at least one sample. */
  public double accuracy(int k, boolean others) {
    long samples = 0;
    long errors = 0;
    for (int j = 0; j < classes.size(); j++) {
      if ((j == k) != others) {
        samples += samples(j);
        errors += errors(j);
      }
    }
    return 1 - (double) errors / samples;
  }

  public ReportItem grid(String title, String caption) {
    return grid(title, caption, counts, false);
  }

  /** What there is more or less than {@code before}. */
  public ReportItem gridSince(ConfusionMatrix before, String title, String caption) {
    int k = classes.size();
    long[][] change = new long[k][k];
    for (int i = 0; i < k; i++) {
      for (int j = 0; j < k; j++) {
        change[i][j] = counts[i][j] - before.counts[i][j];
      }
    }
    return grid(title, caption, change, true);
  }

  private ReportItem grid(String title, String caption, long[][] values, boolean diverging) {
    List<List<Double>> rows = new ArrayList<>();
    for (long[] row : values) {
      rows.add(Arrays.stream(row).asDoubleStream().boxed().toList());
    }
    return new ReportItem.Heatmap(
        title, caption, "true", "taken for", classes, classes, rows, diverging);
  }
}
