package dev.collapsar.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.data.FeatureArray;
import dev.collapsar.linalg.Matrix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Several measurements of one process at once give, bit for bit, what each gives alone. */
class ParallelMeasurementsTest {
  private static final int CLASSES = 40;
  private static final int WIDTH = 150;
  private static final int ROWS = 2000;
  private static final int AT_ONCE = 4;
  private static final int TIMES = 3;

  @Test
  void measurementsAtOnceGiveTheBitsOfOneAlone() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    float[] features = new float[ROWS * WIDTH];
    int[] labels = new int[ROWS];
    for (int i = 0; i < features.length; i++) {
      labels[i / WIDTH] = i / WIDTH % CLASSES;
      features[i] = (float) random.nextDouble() + (i / WIDTH % CLASSES * 31 + i % WIDTH) % 7;
    }
    double[] weights = new double[CLASSES * WIDTH];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = random.nextDouble() - .5;
    }
    // Different numbers of threads, so that one would set the process's for the other.
    Map<Integer, CollapseReport> alone = new HashMap<>();
    for (int threads : new int[] {1, 2}) {
      alone.put(threads, measure(features, labels, weights, threads));
    }
    ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<CollapseReport>> found = new ArrayList<>();
      for (int i = 0; i < AT_ONCE * TIMES; i++) {
        int threads = 1 + i % 2;
        found.add(pool.submit(() -> measure(features, labels, weights, threads)));
      }
      for (int i = 0; i < found.size(); i++) {
        assertEquals(alone.get(1 + i % 2), found.get(i).get());
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static CollapseReport measure(
      float[] features, int[] labels, double[] weights, int threads) {
    Set<CollapseMetric> all = Set.copyOf(Metrics.collapse());
    return Collapse.of(FeatureArray.of(features, labels, WIDTH), CLASSES)
        .withWeights(Matrix.of(CLASSES, WIDTH, weights))
        .withOptions(CollapseOptions.defaults().withThreads(threads))
        .measure(all);
  }
}
