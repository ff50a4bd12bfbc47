package dev.collapsar.learn.merge;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;

/**
 * Whether merged weights compute what the base with the adapter beside it does, in single precision
 * on a probe batch: samples of independent standard normal numbers.
 */
public sealed interface LogitCheck {
  /**
   * Both networks were run.
   *
   * @param network the architecture that the base was recognised as
   * @param samples in the probe batch
   * @param largestDifference of a logit between the two
   * @param largestLogit in absolute value, of the base with the adapter
   */
  record Compared(String network, int samples, double largestDifference, double largestLogit)
      implements LogitCheck {
    /** The difference as a share of the largest logit: 0 if both are 0. */
    public double relative() {
      return largestDifference == 0 ? 0 : largestDifference / largestLogit;
    }
  }

  /** No network was run, for this reason. */
  record NotCompared(String reason) implements LogitCheck {}

  /** The number of samples in the probe batch. */
  int SAMPLES = 32;

  /**
   * How far, as a share of the largest logit, merging may move a logit of a base of this type: what
   * rounding the weights to it explains, 16 roundings' worth, but at least 1e-4, since the networks
   * compute in single precision.
   *
   * @param merged the element types of the weights that were merged
   */
  static double tolerance(Collection<ElementType> merged) {
    double coarsest = merged.stream().mapToDouble(ElementType::roundoff).max().orElse(0);
    return Math.max(1e-4, 16 * coarsest);
  }

  /**
   * Runs the base with its adapter, and the merged weights.
   *
   * @param card of the base, if it has one: it says what its tensors do not, such as the activation
   * @param seed draws the probe batch, from its stream {@code probe}
   */
  static LogitCheck of(
      Map<String, StoredTensor> base,
      Optional<NetworkCard> card,
      AdapterFile adapter,
      Map<String, StoredTensor> merged,
      Seed seed) {
    Map<String, StoredTensor> unmerged = new LinkedHashMap<>(base);
    unmerged.putAll(adapter.saved());
    try (Network beside = opened(unmerged, card);
        Network within = opened(merged, card)) {
      Adapter.attach(beside, "probed", adapter);
      return TensorScope.withinWithoutGradients(() -> compared(beside, within, seed));
    } catch (InvalidInputException e) {
      return new NotCompared(e.getMessage()); // such as targets that select more than it has
    }
  }

  private static Network opened(Map<String, StoredTensor> state, Optional<NetworkCard> card) {
    Optional<String> fitting = card.map(known -> NetworkFile.changed(known, state).toJson());
    return NetworkFile.of(state, fitting, "the base").network();
  }

  private static Compared compared(Network beside, Network within, Seed seed) {
    Tensor probe = probe(beside.card().input().orElseThrow().shape(), seed); // (n, sample)
    Tensor expected = beside.forward(probe); // (n,K)
    return new Compared(
        beside.name(),
        SAMPLES,
        within.forward(probe).sub(expected).abs().max().item_double(),
        expected.abs().max().item_double());
  }

  private static Tensor probe(List<Long> sample, Seed seed) {
    long[] shape = new long[1 + sample.size()];
    shape[0] = SAMPLES;
    int elements = SAMPLES;
    for (int i = 1; i < shape.length; i++) {
      shape[i] = sample.get(i - 1);
      elements = Math.multiplyExact(elements, Math.toIntExact(shape[i]));
    }
    SplittableRandom random = seed.random("probe");
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorBridge.floats(values, shape);
  }
}
