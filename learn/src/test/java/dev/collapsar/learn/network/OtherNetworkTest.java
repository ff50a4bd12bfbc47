package dev.collapsar.learn.network;

import static org.bytedeco.pytorch.global.torch.linear;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.feedback.LayerFeedback;
import dev.collapsar.learn.feedback.LayerFeedback.Transport;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.learn.weight.Weight;
import dev.collapsar.learn.weight.WeightSite;
import dev.collapsar.learn.weight.Weights;
import dev.collapsar.random.Seed;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** A network that none of our layers computes: adapters and training know no difference. */
class OtherNetworkTest {
  private static final Seed SEED = new Seed(5);

  @Test
  void anAdapterIsTrainedOnItAndTakenOff() {
    try (Network network = new OneMap()) {
      float[] bare = logits(network);
      Map<String, byte[]> before = Tensors.bits(network);
      AdapterConfig config = AdapterConfig.of(new ModuleSelector.AllLinear(), 2, 4).build();
      Adapter adapter = Adapter.attach(network, "a", config, SEED);
      assertEquals(List.of("only"), adapter.layers());
      assertArrayEquals(bare, logits(network));
      try (Trainer trainer = new Trainer(network, OptimizerSpec.Adam.withLearningRate(0.1))) {
        TensorScope.run(() -> trainer.step(input(), labels()));
      }
      assertFalse(Arrays.equals(bare, logits(network)), "nothing was trained");
      Tensors.bits(network).forEach((n, bits) -> assertArrayEquals(before.get(n), bits, n));
      adapter.remove();
      assertArrayEquals(bare, logits(network));
    }
  }

  @Test
  void feedbackIsRefusedWhereThereAreNoHiddenStates() {
    try (Network network = new OneMap();
        LayerFeedback rule = LayerFeedback.of(Transport.RANDOM, network, SEED)) {
      String message =
          assertThrows(
                  InvalidInputException.class,
                  () -> TensorScope.run(() -> rule.gradients(network, input(), labels())))
              .getMessage();
      assertTrue(message.startsWith("one-map has no hidden states"), message);
    }
  }

  private static Input input() {
    return Input.of(TensorBridge.floats(Tensors.random(12, 3), 4, 3));
  }

  private static Tensor labels() {
    return TensorBridge.indices(new int[] {0, 1, 1, 0}, 4);
  }

  private static float[] logits(Network network) {
    return TensorScope.withinWithoutGradients(
        () -> TensorBridge.toFloats(network.forward(input())));
  }

  /** logits = x W^T, computed here. */
  private static final class OneMap implements Network {
    private final Weight weight;
    private final Weights weights;
    private boolean training;

    OneMap() {
      Tensor values =
          TensorScope.withinWithoutGradients(
              () -> TensorScope.keep(TensorBridge.floats(Tensors.random(6, 1), 2, 3)));
      weight = new Weight(values.requires_grad_(true));
      WeightSite site =
          new WeightSite(
              "only",
              WeightSite.Kind.LINEAR,
              1,
              weight,
              Optional.empty(),
              (input, w) -> linear(input, w),
              () -> training);
      weights =
          new Weights(
              Map.of(
                  "only",
                  new Weights.Module(
                      Map.of("weight", weight), Map.of(), () -> false, Optional.of(site))));
    }

    @Override
    public NetworkCard card() {
      return NetworkCard.of(Map.of("name", "one-map"), "only", Optional.empty(), 2);
    }

    @Override
    public void describe(NetworkCard card) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String structure() {
      return "one map";
    }

    @Override
    public Head head() {
      return new Head(weights.sites().get("only"));
    }

    @Override
    public void renewHead(int classes, Seed seed) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Weights weights() {
      return weights;
    }

    @Override
    public List<String> modules() {
      return List.of("only");
    }

    @Override
    public boolean takes(List<Long> sample) {
      return sample.equals(List.of(3L));
    }

    @Override
    public Tensor forward(Input input) {
      return linear(input.only(), weight.effective());
    }

    @Override
    public Tensor forward(
        Input input, Iterable<TapPoint> taps, BiConsumer<TapPoint, Tensor> listener) {
      Tensor logits = forward(input);
      taps.forEach(
          tap -> listener.accept(tap, tap.side() == TapPoint.Side.INPUT ? input.only() : logits));
      return logits;
    }

    @Override
    public String firstMoving() {
      return "";
    }

    @Override
    public Network from(String module) {
      return this;
    }

    @Override
    public Network until(String module) {
      throw new IllegalArgumentException("one map has no part before " + module);
    }

    @Override
    public Optional<HiddenStates> hiddenStates() {
      return Optional.empty();
    }

    @Override
    public void setTraining(boolean on) {
      training = on;
    }

    @Override
    public boolean isTraining() {
      return training;
    }

    @Override
    public void setBatchNormDrift(boolean on) {}

    @Override
    public boolean driftingBatchNorms() {
      return false;
    }

    @Override
    public Network copy() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      weight.close();
    }
  }
}
