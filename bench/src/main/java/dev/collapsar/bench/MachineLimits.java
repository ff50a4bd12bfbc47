package dev.collapsar.bench;

import static org.bytedeco.openblas.global.openblas.*;

import dev.collapsar.compute.Workers;
import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_full;

/**
 * The speed of this machine at this moment with so many threads.
 *
 * @param sgemm floating point operations a second of OpenBLAS's sgemm, 2048^3
 * @param dgemm the same of dgemm
 * @param bandwidth bytes a second that the threads read from memory
 */
record MachineLimits(double sgemm, double dgemm, double bandwidth) {
  private static final int N = 2048;
  private static final int REPEATS = 5;

  static MachineLimits measure(int threads) {
    int before = openblas_full.openblas_get_num_threads();
    openblas_full.openblas_set_num_threads(threads);
    try {
      double bandwidth = bandwidth(threads); // before OpenBLAS's threads wake: they spin afterwards
      return new MachineLimits(single(), twice(), bandwidth);
    } finally {
      openblas_full.openblas_set_num_threads(before);
    }
  }

  private static double single() {
    float[] values = new float[N * N];
    Arrays.fill(values, 1.5f);
    try (FloatPointer a = new FloatPointer(values);
        FloatPointer b = new FloatPointer(values);
        FloatPointer c = new FloatPointer(values)) {
      return 2.0
          * N
          * N
          * N
          / best(
              () ->
                  cblas_sgemm(
                      CblasRowMajor, CblasNoTrans, CblasTrans, N, N, N, 1, a, N, b, N, 0, c, N));
    }
  }

  private static double twice() {
    double[] values = new double[N * N];
    Arrays.fill(values, 1.5);
    try (DoublePointer a = new DoublePointer(values);
        DoublePointer b = new DoublePointer(values);
        DoublePointer c = new DoublePointer(values)) {
      return 2.0
          * N
          * N
          * N
          / best(
              () ->
                  cblas_dgemm(
                      CblasRowMajor, CblasNoTrans, CblasTrans, N, N, N, 1, a, N, b, N, 0, c, N));
    }
  }

  /** Each thread copies its share of a large array through a buffer that fits its cache. */
  private static double bandwidth(int threads) {
    float[] large = new float[1 << 26];
    int block = 1 << 15;
    try (Workers workers = new Workers(threads)) {
      double seconds =
          best(
              () ->
                  workers.map(
                      threads,
                      t -> {
                        try (FloatPointer cached = new FloatPointer(block)) {
                          int share = large.length / threads;
                          for (int at = t * share; at + block <= (t + 1) * share; at += block) {
                            cached.put(large, at, block);
                          }
                        }
                        return t;
                      }));
      return large.length * (double) Float.BYTES / seconds;
    }
  }

  private static double best(Runnable action) {
    double best = Double.POSITIVE_INFINITY;
    for (int i = 0; i < REPEATS; i++) {
      long start = System.nanoTime();
      action.run();
      best = Math.min(best, (System.nanoTime() - start) * 1e-9);
    }
    return best;
  }
}
