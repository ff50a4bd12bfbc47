package dev.collapsar.learn.feedback;

import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.batch.ArraySamples;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Tensors;
import dev.collapsar.learn.network.architecture.Composed;
import dev.collapsar.learn.network.layer.Conv2d;
import dev.collapsar.learn.network.layer.Layer;
import dev.collapsar.learn.network.layer.Linear;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.network.layer.Sequential;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** Networks and samples small enough to compute by hand, and what tests of feedback share. */
final class SmallCases {
  static final Seed SEED = new Seed(7);

  /** Linear layers with nothing between: every true transport is one matrix. */
  static final NetworkSpec LINEAR =
      new Composed(
          "linear",
          "2",
          List.of("0", "1"),
          () -> new Sequential(new Linear(6, 5), new Linear(5, 4), new Linear(4, 3)));

  /** Likewise with convolutions, on images of two channels and 4x4 pixels. */
  static final NetworkSpec LINEAR_CNN =
      new Composed(
          "linear-cnn",
          "3",
          List.of("0", "1"),
          () ->
              new Sequential(
                  new Conv2d(2, 3, Conv2d.Geometry.kernel(3).withPadding(1), true),
                  new Conv2d(3, 2, Conv2d.Geometry.kernel(3).withStride(2).withPadding(1), true),
                  Layer.flatten(),
                  new Linear(8, 3)));

  private SmallCases() {}

  /** Random rows with labels 0, 1, 2, 0, ... in batches of 3. */
  static OrderedBatches pass(int samples, int width, int classes, long seed) {
    return pass(Tensors.random(samples * width, seed), samples, width, classes);
  }

  static OrderedBatches pass(float[] rows, int samples, int width, int classes) {
    return pass(rows, IntStream.range(0, samples).map(n -> n % classes).toArray(), width, classes);
  }

  static OrderedBatches pass(float[] rows, int[] labels, int width, int classes) {
    List<String> names = IntStream.range(0, classes).mapToObj(String::valueOf).toList();
    ArraySamples samples =
        new ArraySamples("rows", rows, InputSpec.Array.ofWidth(width), labels, names);
    return OrderedBatches.inOrder(samples, 3, SEED);
  }

  static ArraySamples relabelled(OrderedBatches pass, int[] labels) {
    ArraySamples rows = (ArraySamples) pass.samples();
    return new ArraySamples(rows.name(), rows.values(), rows.input(), labels, rows.classes());
  }

  static double value(List<Measurement> all, String id) {
    return all.stream()
        .filter(m -> m.id().equals(id))
        .map(m -> ((Measurement.Defined) m).value())
        .findFirst()
        .orElseThrow();
  }

  /** The gradients that a rule gives, by parameter; those that got none are left out. */
  static Map<String, float[]> gradients(
      Network network, GradientRule rule, Tensor inputs, Tensor labels) {
    network.weights().trainable().values().forEach(p -> p.mutable_grad().reset());
    rule.gradients(network, Input.of(inputs), labels);
    Map<String, float[]> gradients = new LinkedHashMap<>();
    network
        .weights()
        .trainable()
        .forEach(
            (name, p) -> {
              if (p.grad().defined()) {
                gradients.put(name, TensorBridge.toFloats(p.grad()));
              }
            });
    return gradients;
  }

  /** For each hidden state the Jacobian (D,K) of the logits, of a network that is linear. */
  static FeedbackMatrices trueTransport(Network network, Tensor inputs, int classes) {
    List<StoredTensor> matrices = new ArrayList<>();
    List<Long> widths = new ArrayList<>();
    TensorScope.run(
        () -> {
          Tensor labels = TensorBridge.indices(new int[] {0}, 1);
          Signals.Evaluated at =
              Signals.Evaluated.of(network, Input.of(inputs.narrow(0, 0, 1)), labels);
          for (int l = 0; l < at.states().size(); l++) {
            int width = (int) at.states().get(l).numel();
            float[] jacobian = new float[width * classes];
            for (int k = 0; k < classes; k++) {
              float[] unit = new float[classes];
              unit[k] = 1;
              float[] row =
                  TensorBridge.toFloats(at.pullBack(TensorBridge.floats(unit, 1, classes)).get(l));
              for (int d = 0; d < width; d++) {
                jacobian[d * classes + k] = row[d];
              }
            }
            matrices.add(StoredTensor.of(jacobian, width, classes));
            widths.add((long) width);
          }
        });
    return FeedbackMatrices.stored(
        matrices, Pairing.Rule.OWN.of(widths.size()), widths, classes, "transport");
  }
}
