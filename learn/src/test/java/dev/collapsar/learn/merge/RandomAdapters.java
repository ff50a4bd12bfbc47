package dev.collapsar.learn.merge;

import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/** Adapters with factors drawn at random, and their updates computed by the definition. */
final class RandomAdapters {
  static final int GROUPS = 2;

  private RandomAdapters() {}

  /** An adapter of this rank (even) on a Linear, a grouped convolution and an embedding. */
  static AdapterFile adapter(int rank, boolean rankStabilized, Random random) {
    AdapterConfig config =
        AdapterConfig.of(ModuleSelector.named("fc", "conv", "embed"), rank, 1 + random.nextInt(9))
            .rankStabilized(rankStabilized)
            .build();
    return AdapterFile.of(
        config,
        Map.of(
            "fc", LoraFactors.of(Kind.LINEAR, normal(random, rank, 9), normal(random, 7, rank)),
            "conv",
                LoraFactors.of(
                    Kind.CONV2D,
                    normal(random, rank, 4, 2, 2),
                    normal(random, 6, rank / GROUPS, 1, 1)),
            "embed",
                LoraFactors.of(Kind.EMBEDDING, normal(random, rank, 11), normal(random, 5, rank))),
        Map.of());
  }

  static StoredTensor normal(Random random, long... shape) {
    int elements = 1;
    for (long size : shape) {
      elements *= (int) size;
    }
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return StoredTensor.of(values, shape);
  }

  /** scale * B A, row-major, each group's rows of B against its rows of A. */
  static double[] update(AdapterFile adapter, String module) {
    return product(adapter, module, false);
  }

  /**
   * The same with every number's absolute value: times a unit roundoff it bounds what rounding B's
   * elements changes.
   */
  static double[] magnitude(AdapterFile adapter, String module) {
    return product(adapter, module, true);
  }

  private static double[] product(AdapterFile adapter, String module, boolean absolute) {
    LoraFactors factors = adapter.modules().get(module);
    double[] a = factors.a().toDoubles();
    double[] b = factors.b().toDoubles();
    int rank = factors.rank();
    int out = (int) factors.b().shape()[0];
    int columns = a.length / rank;
    int groups = factors.groups();
    int share = rank / groups;
    double scale = adapter.config().scale(module);
    double[] update = new double[out * columns];
    for (int i = 0; i < out; i++) {
      int group = i / (out / groups);
      for (int j = 0; j < columns; j++) {
        double sum = 0;
        for (int k = 0; k < share; k++) {
          double term = b[i * share + k] * a[(group * share + k) * columns + j];
          sum += absolute ? Math.abs(term) : term;
        }
        update[i * columns + j] = absolute ? Math.abs(scale) * sum : scale * sum;
      }
    }
    return update;
  }

  /** The same updates of A four times as large and B a fourth, both exactly. */
  static AdapterFile factoredOtherwise(AdapterFile adapter) {
    Map<String, LoraFactors> modules = new TreeMap<>();
    adapter
        .modules()
        .forEach(
            (name, f) ->
                modules.put(name, LoraFactors.of(f.kind(), times(f.a(), 4), times(f.b(), .25f))));
    return AdapterFile.of(adapter.config(), modules, adapter.saved());
  }

  private static StoredTensor times(StoredTensor tensor, float factor) {
    float[] values = tensor.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
    return StoredTensor.of(values, tensor.shape());
  }

  static AdapterFile with(AdapterFile adapter, AdapterConfig config) {
    return AdapterFile.of(config, adapter.modules(), adapter.saved());
  }

  /** A Linear adapter of one module {@code fc} with these factors and scale 1. */
  static AdapterFile linear(float[] a, float[] b, int rank) {
    return AdapterFile.of(
        AdapterConfig.of(ModuleSelector.named("fc"), rank, rank).build(),
        Map.of(
            "fc",
            new LoraFactors(
                Kind.LINEAR,
                StoredTensor.of(a, rank, a.length / rank),
                StoredTensor.of(b, b.length / rank, rank),
                Optional.empty(),
                Optional.empty())),
        Map.of());
  }
}
