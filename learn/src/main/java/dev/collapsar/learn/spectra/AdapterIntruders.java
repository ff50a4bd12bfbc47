package dev.collapsar.learn.spectra;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.layout.AdapterTensors;
import dev.collapsar.learn.adapter.layout.Target;
import dev.collapsar.learn.adapter.part.BaseRows;
import dev.collapsar.learn.adapter.part.Lengths;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.learn.merge.NetworkMerge;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.random.Seed;
import dev.collapsar.update.Intruders;
import dev.collapsar.update.LargestCosines;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * Intruder dimensions (Shuttleworth et al. 2024) of every weight that an adapter changes, whatever
 * its kind: D is what merging would add before rounding. A convolution's kernel counts with its
 * inputs.
 *
 * @param layers by module, in natural order
 * @param others why a module has none
 */
public record AdapterIntruders(Map<String, Layer> layers, Map<String, String> others) {
  /** A decomposition holds about so many matrices of the weight's size. */
  private static final int HELD = 8;

  public AdapterIntruders {
    layers = Collections.unmodifiableMap(layers);
    others = Collections.unmodifiableMap(others);
  }

  /**
   * One weight's.
   *
   * @param cosines of the first left singular vectors of W + D, ten at most, each one's largest
   *     |cosine| with any of W's
   * @param count how many of those are below .5
   * @param fully whether all singular vectors were computed, since bounds did not decide
   * @param size ||D||_F / ||W||_F
   * @param rotated the counts of updates of the same singular values in random directions; empty if
   *     none was drawn
   */
  public record Layer(
      int rows,
      int columns,
      LargestCosines cosines,
      int count,
      boolean fully,
      double size,
      double[] rotated) {
    public Layer {
      rotated = rotated.clone();
    }

    @Override
    public double[] rotated() {
      return rotated.clone();
    }
  }

  /**
   * About how many floating point operations it takes at the most, where bounds decide nothing:
   * decompositions of W and W + D, and one for each draw, through the smaller Gram matrix.
   *
   * @param draws how many rotated updates of each weight
   * @throws InvalidInputException if the adapter is of another network, or cannot be merged
   */
  public static double operations(AdapterTensors adapter, BaseNetwork base, int draws) {
    NetworkMerge merge = NetworkMerge.of(base, adapter, Optional.empty());
    double sum = 0;
    for (String module : modules(adapter, merge)) {
      long[] shape = merge.baseRows(module).orElseThrow().shape();
      double m = shape[0];
      double n = Lengths.product(shape, 1);
      if (shape.length >= 2 && fits(m, n)) {
        double least = Math.min(m, n);
        sum += (2 + draws) * (4 * least * m * n + 20 * least * least * least);
      }
    }
    return sum;
  }

  /**
   * @param draws how many rotated updates of each weight, none or two and more
   * @param progress told of each weight that is done
   * @throws InvalidInputException as {@link #operations}
   */
  public static AdapterIntruders of(
      AdapterTensors adapter,
      BaseNetwork base,
      int draws,
      Seed seed,
      int threads,
      LongConsumer progress) {
    NetworkMerge merge = NetworkMerge.of(base, adapter, Optional.empty());
    Map<String, Layer> layers = new TreeMap<>(LayerOrder.NATURAL);
    Map<String, String> others = new TreeMap<>(LayerOrder.NATURAL);
    try (Blas blas = Blas.open(threads)) {
      for (String module : modules(adapter, merge)) {
        BaseRows before = merge.baseRows(module).orElseThrow();
        long[] shape = before.shape();
        if (shape.length < 2) {
          others.put(module, "its weight is no matrix");
        } else if (!fits(shape[0], Lengths.product(shape, 1))) {
          others.put(module, "its decomposition does not fit in this JVM's memory (-Xmx)");
        } else {
          layer(before, merge.mergedRows(module).orElseThrow(), draws, seed.under(module), blas)
              .ifPresentOrElse(
                  layer -> layers.put(module, layer),
                  () -> others.put(module, "its weight or its update is zero"));
        }
        progress.accept(1);
      }
    }
    return new AdapterIntruders(layers, others);
  }

  private static Iterable<String> modules(AdapterTensors adapter, NetworkMerge merge) {
    return adapter.targets().stream()
        .map(Target::module)
        .distinct()
        .filter(module -> merge.baseRows(module).isPresent())
        .toList();
  }

  private static boolean fits(double m, double n) {
    return m * n * Double.BYTES * HELD < Runtime.getRuntime().maxMemory() && m * n < 1 << 29;
  }

  private static Optional<Layer> layer(
      BaseRows before, BaseRows after, int draws, Seed seed, Blas blas) {
    Matrix base = matrix(before);
    double[] values = matrix(after).toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] -= base.at(i);
    }
    Matrix update = Matrix.of(base.rows(), base.columns(), values);
    if (update.norm() == 0 || base.norm() == 0) {
      return Optional.empty();
    }
    Intruders intruders = Intruders.of(base, update, blas);
    LargestCosines cosines = intruders.cosines();
    int count = intruders.countOf(cosines);
    boolean fully = intruders.hasSearchedFully();
    double[] rotated = draws == 0 ? new double[0] : intruders.rotatedInTurn(draws, seed);
    return Optional.of(
        new Layer(base.rows(), base.columns(), cosines, count, fully, intruders.size(), rotated));
  }

  private static Matrix matrix(BaseRows rows) {
    int m = Lengths.index(rows.shape()[0]);
    int n = Lengths.index(Lengths.product(rows.shape(), 1));
    double[] values = new double[m * n];
    rows.forEach(
        block ->
            System.arraycopy(
                block.values(),
                block.at(),
                values,
                (int) (block.first() * block.width()),
                block.rows() * block.width()));
    return Matrix.of(m, n, values);
  }
}
