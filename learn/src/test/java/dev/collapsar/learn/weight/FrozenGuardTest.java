package dev.collapsar.learn.weight;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrozenGuardTest {
  private static final NetworkSpec TINY = new Mlp(List.of(3, 4, 2));

  @Test
  void whatWasFrozenIsGuardedAndWhatMovedIsNamed() {
    try (Network network = LayerNetwork.initialized(TINY, new Seed(1))) {
      network.weights().setTrainableOnly("linear2");
      FrozenGuard guard = new FrozenGuard(network.weights());
      assertEquals(List.of(), guard.moved());

      add(network, "linear2.weight", 1);
      assertEquals(List.of(), guard.moved(), "what may be trained may move");

      add(network, "linear1.bias", 1e-6);
      assertEquals(List.of("linear1.bias"), guard.moved());
      add(network, "linear1.weight", 1);
      assertEquals(List.of("linear1.weight", "linear1.bias"), guard.moved());
    }
  }

  @Test
  void aChangeOfSignOfZeroIsAMove() {
    try (Network network = LayerNetwork.initialized(TINY, new Seed(1))) {
      network.weights().setTrainable(false);
      TensorScope.run(() -> network.weights().parameters().get("linear1.bias").zero_());
      FrozenGuard guard = new FrozenGuard(network.weights());
      TensorScope.run(() -> network.weights().parameters().get("linear1.bias").neg_());
      assertEquals(List.of("linear1.bias"), guard.moved());
    }
  }

  @Test
  void runningStatisticsOfAFrozenNormAreGuarded() {
    NetworkSpec spec = new ResNet18(1, 2, ResNet18.Stem.CIFAR, 2);
    try (Network network = LayerNetwork.initialized(spec, new Seed(1))) {
      network.weights().setTrainableOnly("fc");
      FrozenGuard guard = new FrozenGuard(network.weights());
      add(network, "layer2.0.bn1.running_var", 1e-6);
      add(network, "bn1.running_mean", 1e-6);
      assertEquals(List.of("bn1.running_mean", "layer2.0.bn1.running_var"), guard.moved());
    }
  }

  private static void add(Network network, String name, double value) {
    TensorScope.runWithoutGradients(
        () -> network.weights().state().get(name).add_(TensorBridge.scalar(value)));
  }
}
