package dev.collapsar.calibration;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.DoubleBlock;
import dev.collapsar.linalg.Matrix;
import java.util.List;

/** T (D,D): the covariance of all rows about a centre, divisor N. */
final class ScatterOfAll {
  private static final int BATCH = 256;

  private ScatterOfAll() {}

  static Matrix of(
      FeatureTable features, LabelledRows rows, double[] centre, Blas blas, Workers workers) {
    long all = features.rows();
    int parts = workers.threads();
    List<double[]> sums =
        workers.map(
            parts, p -> part(features, all * p / parts, all * (p + 1) / parts, rows, centre, blas));
    int width = centre.length;
    double[] total = new double[width * width];
    for (int i = 0; i < width; i++) {
      for (int j = 0; j <= i; j++) {
        for (double[] sum : sums) {
          total[i * width + j] += sum[i * width + j];
        }
        total[i * width + j] /= rows.count();
        total[j * width + i] = total[i * width + j];
      }
    }
    return Matrix.of(width, width, total);
  }

  private static double[] part(
      FeatureTable features, long from, long to, LabelledRows rows, double[] centre, Blas blas) {
    int width = centre.length;
    double[] gram = new double[width * width];
    double[] row = new double[width];
    try (DoubleBlock block = blas.doubles(BATCH * width);
        DoubleBlock sum = blas.doubles(gram.length);
        BatchSource source = features.read(from, to, BATCH)) {
      sum.buffer().put(0, gram);
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        int held = 0;
        for (int i : rows.of(batch)) {
          ClassSums.centred(batch, i, 0, centre, row);
          block.buffer().put(held++ * width, row);
        }
        if (held > 0) {
          blas.addGram(block, sum, held, width);
        }
      }
      sum.buffer().get(0, gram);
    }
    return gram;
  }
}
