package dev.collapsar.learn.variant;

import dev.collapsar.run.RunRecord.ClassScore;
import dev.collapsar.run.RunRecord.Classification;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Precision, recall, F1 and support of each class, their macro and support-weighted means, and
 * accuracy, as scikit-learn's classification_report with zero_division=0 computes them: a ratio
 * whose denominator is zero counts as 0. And what is taken for what.
 */
public final class ClassificationReport {
  /** So many classes have a confusion matrix; of more, nobody could read one. */
  private static final int MOST_CONFUSED = 100;

  private ClassificationReport() {}

  /**
   * @param labels true class indices (n)
   * @param predicted class indices (n)
   */
  public static Classification of(
      String variant, String on, List<String> classes, int[] labels, int[] predicted) {
    int k = classes.size();
    long[] support = new long[k];
    long[] claimed = new long[k];
    long[] right = new long[k];
    for (int i = 0; i < labels.length; i++) {
      support[labels[i]]++;
      claimed[predicted[i]]++;
      right[labels[i]] += labels[i] == predicted[i] ? 1 : 0;
    }
    List<ClassScore> scores = new ArrayList<>();
    long correct = 0;
    for (int c = 0; c < k; c++) {
      double precision = ratio(right[c], claimed[c]);
      double recall = ratio(right[c], support[c]);
      double f1 = ratio(2 * right[c], claimed[c] + support[c]);
      scores.add(new ClassScore(classes.get(c), precision, recall, f1, support[c]));
      correct += right[c];
    }
    double[] even = new double[k];
    double[] bySupport = new double[k];
    for (int c = 0; c < k; c++) {
      even[c] = 1.0 / k;
      bySupport[c] = (double) support[c] / labels.length;
    }
    return new Classification(
        variant,
        on,
        scores,
        (double) correct / labels.length,
        mean("macro avg", scores, even, labels.length),
        mean("weighted avg", scores, bySupport, labels.length),
        k > MOST_CONFUSED ? List.of() : confusion(k, labels, predicted));
  }

  private static List<List<Long>> confusion(int k, int[] labels, int[] predicted) {
    long[][] counts = new long[k][k];
    for (int i = 0; i < labels.length; i++) {
      counts[labels[i]][predicted[i]]++;
    }
    return Arrays.stream(counts).map(row -> Arrays.stream(row).boxed().toList()).toList();
  }

  private static ClassScore mean(
      String label, List<ClassScore> scores, double[] weights, long support) {
    double precision = 0;
    double recall = 0;
    double f1 = 0;
    for (int c = 0; c < weights.length; c++) {
      precision += weights[c] * scores.get(c).precision();
      recall += weights[c] * scores.get(c).recall();
      f1 += weights[c] * scores.get(c).f1();
    }
    return new ClassScore(label, precision, recall, f1, support);
  }

  private static double ratio(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }
}
