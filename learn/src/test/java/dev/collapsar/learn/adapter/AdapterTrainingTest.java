package dev.collapsar.learn.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.random.Seed;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is particular to adapters while they are trained: dropout and the learning rates of LoRA+.
 */
class AdapterTrainingTest {
  private static final Seed SEED = new Seed(11);
  // Sums of at most 36 products of numbers of order 1, in two orders of summation.
  private static final float ROUNDING = 2e-5f;
  private static final double RATIO = 16;

  @ParameterizedTest
  @CsvSource({"LINEAR,false", "CONV2D,false", "GROUPED,false", "LINEAR,true", "CONV2D,true"})
  void inTrainingTheAdapterSeesADroppedInputAndTheBaseTheWholeOne(Layers layers, boolean dora) {
    try (LayerNetwork dropping = layers.network();
        LayerNetwork plain = layers.network();
        InputDrops drops = new InputDrops(0.5)) {
      attach(dropping, config -> config.dora(dora).dropout(0.5));
      Adapter adapter = attach(plain, config -> config.dora(dora));
      TensorScope.runWithoutGradients(
          () -> {
            Tensor input = layers.input();
            assertArrayEquals(first(plain, input), first(dropping, input)); // in evaluation
            dropping.setTraining(true);
            float[] trained = first(dropping, input);
            Tensor dropped = drops.of(input);
            float[] change = first(plain, dropped);
            float[] base = adapter.disabled(() -> first(plain, input));
            float[] ofDropped = adapter.disabled(() -> first(plain, dropped));
            for (int i = 0; i < trained.length; i++) {
              // As in PEFT, DoRA's rescaled W x is of the dropped input too.
              assertEquals(base[i] + change[i] - ofDropped[i], trained[i], ROUNDING);
            }
          });
    }
  }

  /** The draws of the adapter on layer 0, once more. */
  private static final class InputDrops implements AutoCloseable {
    private final InputDropout dropout;

    InputDrops(double probability) {
      dropout = InputDropout.of(probability, SEED.under("dropout/0")).orElseThrow();
    }

    Tensor of(Tensor input) {
      Tensor dropped = dropout.apply(input);
      double kept = dropped.ne(TensorBridge.scalar(0)).to(ScalarType.Float).mean().item_double();
      assertTrue(kept > 0.2 && kept < 0.8, "of some hundred elements half are kept: " + kept);
      return dropped;
    }

    @Override
    public void close() {
      dropout.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "bias on B", "dora"})
  void loraPlusGivesBAndItsBiasStepsOfTheirOwnLength(String variant) {
    UnaryOperator<AdapterConfig.Builder> kind =
        config -> config.loraBias(variant.equals("bias on B")).dora(variant.equals("dora"));
    Map<String, float[]> usual = steps(kind, false);
    steps(kind, true)
        .forEach(
            (name, step) -> {
              double factor = name.contains("lora_B") ? RATIO : 1;
              for (int i = 0; i < step.length; i++) {
                assertEquals(factor * usual.get(name)[i], step[i], ROUNDING, name);
              }
            });
  }

  /** How far a step of gradient descent moves each parameter. */
  private static Map<String, float[]> steps(
      UnaryOperator<AdapterConfig.Builder> kind, boolean loraPlus) {
    Layers layers = Layers.LINEAR;
    try (LayerNetwork network = layers.network()) {
      Adapter adapter = attach(network, kind);
      Map<String, float[]> before = values(adapter);
      TrainingSpec spec = TrainingSpec.of(new OptimizerSpec.Sgd(0.1, 0, 0));
      try (Trainer trainer =
          new Trainer(network, loraPlus ? spec.withRateFactors(adapter.loraPlus(RATIO)) : spec)) {
        TensorScope.run(() -> trainer.step(Input.of(layers.input()), Layers.labels()));
      }
      Map<String, float[]> steps = values(adapter);
      steps.forEach(
          (name, values) -> {
            float length = 0;
            for (int i = 0; i < values.length; i++) {
              values[i] -= before.get(name)[i];
              length += Math.abs(values[i]);
            }
            assertTrue(length > 1e-4, name + " was not moved");
          });
      return steps;
    }
  }

  private static Map<String, float[]> values(Adapter adapter) {
    Map<String, float[]> values = new LinkedHashMap<>();
    adapter.parameters().forEach((name, tensor) -> values.put(name, TensorBridge.toFloats(tensor)));
    return values;
  }

  /** An adapter whose A, B and magnitudes are all away from where they have no effect. */
  private static Adapter attach(Network network, UnaryOperator<AdapterConfig.Builder> kind) {
    AdapterConfig.Builder builder =
        AdapterConfig.of(ModuleSelector.named("0"), 2, 3).initialization(Initialization.RANDOM);
    Adapter adapter = Adapter.attach(network, "a", kind.apply(builder).build(), SEED);
    Tensor magnitude = adapter.parameters().get("0.lora_magnitude_vector.a");
    if (magnitude != null) {
      TensorScope.runWithoutGradients(() -> magnitude.mul_(TensorBridge.scalar(1.5)));
    }
    return adapter;
  }

  private static float[] first(LayerNetwork network, Tensor input) {
    return TensorBridge.toFloats(network.layer("0").apply(input));
  }
}
