package dev.collapsar.learn.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.collapsar.calibration.CollapseNull;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Schedule;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RetrainedHeadsTest {
  private static final int N = 26;
  private static final int D = 4;
  private static final int K = 3;
  private static final int BATCH = 8; // the last one has 2
  private static final int EPOCHS = 3;
  private static final double RATE = 0.3;
  private static final double MOMENTUM = 0.9;
  private static final double DECAY = 0.01;

  /** 12 steps in single precision, of values of about 1. */
  private static final double ROUNDING = 2e-5;

  private final Seed seed = new Seed(5);
  private final float[] features = new float[N * D];
  private final int[] labels = new int[N];
  private final double[] weights = new double[K * D];
  private final double[] bias = new double[K];

  RetrainedHeadsTest() {
    SplittableRandom random = seed.random("values");
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) (random.nextDouble() * 2 - 1);
    }
    for (int i = 0; i < N; i++) {
      labels[i] = i % K;
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (random.nextDouble() - 0.5);
    }
    for (int k = 0; k < K; k++) {
      bias[k] = (float) (random.nextDouble() - 0.5);
    }
  }

  private RetrainedHeads heads() {
    TrainingSpec training =
        TrainingSpec.of(new OptimizerSpec.Sgd(RATE, MOMENTUM, DECAY))
            .withSchedule(Schedule.multiStep(List.of(2), 0.1));
    return new RetrainedHeads(
        FeatureArray.of(features, labels, D),
        labels,
        new Head.Classifier(Matrix.of(K, D, weights.clone()), bias.clone()),
        training,
        EPOCHS,
        this::pass);
  }

  private OrderedBatches pass(int epoch) {
    return new OrderedBatches(null, BATCH, Permutation.of(N, seed.random("epoch " + epoch)), seed);
  }

  @Test
  void everyHeadOfTheBatchIsTrainedAsItWouldBeAlone() {
    int[] other = CollapseNull.permuted(labels, 0, seed);
    List<Matrix> moved = heads().updates(new int[][] {labels, other, labels}, many -> many);
    assertArrayEquals(plain(labels), moved.get(0).toArray(), ROUNDING);
    assertArrayEquals(plain(other), moved.get(1).toArray(), ROUNDING);
    assertArrayEquals(plain(labels), moved.get(2).toArray(), ROUNDING);
    assertNotEquals(moved.get(0).at(0), moved.get(1).at(0), 1e-3);
  }

  @Test
  void drawsAreThePermutedLabelsOfTheSameSeed() {
    List<Matrix> two = heads().permuted(2, seed, many -> many);
    assertEquals(2, two.size());
    assertArrayEquals(
        plain(CollapseNull.permuted(labels, 1, seed)), two.get(1).toArray(), ROUNDING);
  }

  /** Gradient descent by hand, in double precision; what the weights have moved by. */
  private double[] plain(int[] y) {
    double[] w = weights.clone();
    double[] b = bias.clone();
    double[] velocity = new double[w.length];
    double[] biasVelocity = new double[b.length];
    for (int epoch = 1; epoch <= EPOCHS; epoch++) {
      double rate = epoch > 2 ? RATE / 10 : RATE;
      int[] order = pass(epoch).order();
      for (int from = 0; from < N; from += BATCH) {
        int n = Math.min(BATCH, N - from);
        double[] gradient = new double[w.length];
        double[] biasGradient = new double[b.length];
        for (int i = from; i < from + n; i++) {
          double[] p = softmax(w, b, order[i]);
          p[y[order[i]]] -= 1;
          for (int k = 0; k < K; k++) {
            biasGradient[k] += p[k] / n;
            for (int d = 0; d < D; d++) {
              gradient[k * D + d] += p[k] * features[order[i] * D + d] / n;
            }
          }
        }
        step(w, gradient, velocity, rate);
        step(b, biasGradient, biasVelocity, rate);
      }
    }
    for (int i = 0; i < w.length; i++) {
      w[i] -= weights[i];
    }
    return w;
  }

  private static void step(double[] values, double[] gradient, double[] velocity, double rate) {
    for (int i = 0; i < values.length; i++) {
      velocity[i] = MOMENTUM * velocity[i] + gradient[i] + DECAY * values[i];
      values[i] -= rate * velocity[i];
    }
  }

  private double[] softmax(double[] w, double[] b, int row) {
    double[] p = new double[K];
    double sum = 0;
    for (int k = 0; k < K; k++) {
      double z = b[k];
      for (int d = 0; d < D; d++) {
        z += w[k * D + d] * features[row * D + d];
      }
      p[k] = Math.exp(z);
      sum += p[k];
    }
    for (int k = 0; k < K; k++) {
      p[k] /= sum;
    }
    return p;
  }
}
