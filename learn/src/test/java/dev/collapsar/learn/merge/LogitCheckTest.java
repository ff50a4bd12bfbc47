package dev.collapsar.learn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.data.ElementType;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.merge.LogitCheck.Compared;
import dev.collapsar.learn.merge.LogitCheck.NotCompared;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.ResNet18.Stem;
import dev.collapsar.learn.network.architecture.ResidualMlp;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.WeightSite.Kind;
import dev.collapsar.random.Seed;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LogitCheckTest {
  /** Products and sums of some hundred terms in single precision, 2^-24 each. */
  private static final double SINGLE = 1e-5;

  private static final NetworkSpec MLP = new Mlp(List.of(12, 8, 3));

  @Test
  void mergedWeightsComputeWhatTheAdapterDoesInAnMlp() {
    assertMergesWell(
        MLP,
        Map.of(
            "linear1",
            LoraFactors.of(Kind.LINEAR, normal(2, 12), normal(8, 2)),
            "linear2",
            LoraFactors.of(Kind.LINEAR, normal(2, 8), normal(3, 2))));
  }

  @Test
  void mergedWeightsComputeWhatTheAdapterDoesInAConvolution() {
    assertMergesWell(
        new SmallCnn(1, 8, 3),
        Map.of(
            "features.3", LoraFactors.of(Kind.CONV2D, normal(2, 32, 3, 3), normal(64, 2, 1, 1))));
  }

  @ParameterizedTest
  @EnumSource
  void mergedWeightsComputeWhatTheAdapterDoesInAResNet(Stem stem) {
    assertMergesWell(
        new ResNet18(3, 2, stem, 3),
        Map.of(
            "layer2.0.conv1", LoraFactors.of(Kind.CONV2D, normal(2, 2, 3, 3), normal(4, 2, 1, 1)),
            "fc", LoraFactors.of(Kind.LINEAR, normal(2, 16), normal(3, 2))));
  }

  @Test
  void mergedWeightsComputeWhatTheAdapterDoesInAResidualMlp() {
    assertMergesWell(
        new ResidualMlp(12, 8, 3, 2),
        Map.of(
            "blocks.1.3", LoraFactors.of(Kind.LINEAR, normal(2, 8), normal(8, 2)),
            "out_head", LoraFactors.of(Kind.LINEAR, normal(2, 8), normal(3, 2))));
  }

  @Test
  void otherWeightsAreSeen() {
    Map<String, StoredTensor> base = state(MLP, ElementType.F32);
    AdapterFile adapter = adapter(factors(), c -> c);
    Compared compared =
        assertInstanceOf(
            Compared.class,
            LogitCheck.of(
                base, Optional.empty(), adapter, base, new Seed(1))); // nothing was merged
    assertTrue(compared.relative() > .01, compared.toString());
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void whatRoundingToAHalfCostsIsToleratedOfABaseOfThatTypeAlone(ElementType type) {
    Map<String, StoredTensor> base = state(MLP, type);
    AdapterFile adapter = adapter(factors(), c -> c);
    Compared compared =
        assertInstanceOf(
            Compared.class,
            LogitCheck.of(
                base,
                Optional.empty(),
                adapter,
                Merged.into(base, adapter).tensors(),
                new Seed(1)));
    assertTrue(
        compared.relative() > LogitCheck.tolerance(List.of(ElementType.F32)), compared.toString());
    assertTrue(compared.relative() < LogitCheck.tolerance(List.of(type)), compared.toString());
  }

  @Test
  void aNetworkOfNoKnownKindIsNotCompared() {
    Map<String, StoredTensor> base = Map.of("linear2.weight", normal(3, 8));
    NotCompared not =
        assertInstanceOf(
            NotCompared.class,
            LogitCheck.of(base, Optional.empty(), adapter(factors(), c -> c), base, new Seed(1)));
    assertTrue(not.reason().contains("of no small-cnn"), not.reason());
  }

  @Test
  void targetsThatSelectMoreThanTheAdapterHasAreNotCompared() {
    Map<String, StoredTensor> base = state(MLP, ElementType.F32);
    AdapterConfig all = AdapterConfig.of(ModuleSelector.matching("all-linear"), 2, 2).build();
    NotCompared not =
        assertInstanceOf(
            NotCompared.class,
            LogitCheck.of(
                base,
                Optional.empty(),
                AdapterFile.of(all, factors(), Map.of()),
                base,
                new Seed(1)));
    assertTrue(not.reason().contains("linear1"), not.reason());
  }

  private static void assertMergesWell(NetworkSpec spec, Map<String, LoraFactors> factors) {
    Map<String, StoredTensor> base = state(spec, ElementType.F32);
    AdapterFile adapter = adapter(factors, c -> c.rankStabilized(true));
    LogitCheck check =
        LogitCheck.of(
            base, Optional.empty(), adapter, Merged.into(base, adapter).tensors(), new Seed(1));
    Compared compared = assertInstanceOf(Compared.class, check);
    assertEquals(spec.name(), compared.network());
    assertTrue(compared.largestLogit() > 0);
    assertTrue(compared.relative() < SINGLE, compared.toString());
  }

  private static AdapterFile adapter(
      Map<String, LoraFactors> factors,
      java.util.function.UnaryOperator<AdapterConfig.Builder> options) {
    ModuleSelector targets = new ModuleSelector.Named(List.copyOf(factors.keySet()));
    return AdapterFile.of(
        options.apply(AdapterConfig.of(targets, 2, 2)).build(), factors, Map.of());
  }

  private static Map<String, LoraFactors> factors() {
    return Map.of("linear2", LoraFactors.of(Kind.LINEAR, normal(2, 8), normal(3, 2)));
  }

  private static StoredTensor normal(long... shape) {
    return RandomAdapters.normal(new Random(5), shape);
  }

  private static Map<String, StoredTensor> state(NetworkSpec spec, ElementType type) {
    Map<String, StoredTensor> state = new LinkedHashMap<>();
    try (Network network = LayerNetwork.initialized(spec, new Seed(3))) {
      TensorScope.runWithoutGradients(
          () ->
              network
                  .weights()
                  .state()
                  .forEach((name, tensor) -> state.put(name, TensorBridge.stored(tensor, type))));
    }
    return state;
  }
}
