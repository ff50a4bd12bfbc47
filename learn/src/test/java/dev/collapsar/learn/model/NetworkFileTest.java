package dev.collapsar.learn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.network.Tensors;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.architecture.Mlp.Activation;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.ResNet18.Stem;
import dev.collapsar.learn.network.architecture.ResidualMlp;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.tensor.NativeObjects;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NetworkFileTest {
  @TempDir Path directory;

  static Stream<NetworkSpec> specs() {
    return Stream.of(
        new ResNet18(3, 6, 1, Stem.IMAGENET, 4),
        new ResNet18(1, 4, 2, Stem.CIFAR, 3),
        new Mlp(List.of(9, 8, 7, 3)),
        new Mlp(List.of(9, 8, 3), Activation.GELU),
        new SmallCnn(1, 11, 5), // of the tensors that 8x8 has
        new ResidualMlp(12, 6, 3, 2));
  }

  @ParameterizedTest
  @MethodSource("specs")
  void aNetworkReopenedIsTheSame(NetworkSpec spec) {
    Path file = directory.resolve("network.safetensors");
    try (LayerNetwork network = LayerNetwork.initialized(spec, new Seed(3))) {
      NetworkFile.write(file, network);
      try (OpenedNetwork opened = NetworkFile.open(file)) {
        assertEquals(List.of(), opened.assumptions());
        assertEquals(network.card(), opened.network().card());
        assertEquals(network.structure(), opened.network().structure());
        assertArrayEquals(logits(network), logits(opened.network()));
      }
    }
  }

  @Test
  void theCardSaysClassesPixelsAndTraining() {
    Path file = directory.resolve("network.safetensors");
    try (Network network = LayerNetwork.initialized(new SmallCnn(1, 8, 2), new Seed(3))) {
      NetworkCard card =
          network
              .card()
              .withInput(new InputSpec.Image(1, 8, 8, List.of(0.25), List.of(0.5)))
              .withClasses(List.of("cat", "dog"))
              .withTraining(
                  new NetworkCard.Training("domain-shift", 1L << 60, Map.of("train", "ab12")),
                  OptionalDouble.of(0.923));
      network.describe(card);
      NetworkFile.write(file, network);
      try (OpenedNetwork opened = NetworkFile.open(file)) {
        assertEquals(card, opened.network().card());
      }
    }
  }

  @Test
  void whatACardSaysBesidesIsKept() {
    Path file = directory.resolve("network.safetensors");
    try (Network network = LayerNetwork.initialized(new Mlp(List.of(4, 2)), new Seed(3))) {
      String json =
          """
          {"format":1,"owner":"someone","architecture":{"name":"mlp","inputs":4,"hidden":[],\
          "activation":"relu","note":"thin"},"head":"linear1","classes":["0","1"],\
          "input":{"kind":"array","shape":[4],"unit":"mm"}}\
          """;
      write(file, network.weights().stored(), json);
      Path again = directory.resolve("again.safetensors");
      try (OpenedNetwork opened = NetworkFile.open(file)) {
        NetworkFile.write(again, opened.network());
      }
      String kept = SafeTensors.read(again).metadata().get(NetworkCard.KEY);
      assertTrue(
          kept.contains("\"owner\":\"someone\"")
              && kept.contains("\"note\":\"thin\"")
              && kept.contains("\"unit\":\"mm\""),
          kept);
    }
  }

  @Test
  void aCheckpointWithoutACardSaysWhatWasAssumed() {
    Path file = directory.resolve("bare.safetensors");
    try (Network network = LayerNetwork.initialized(new Mlp(List.of(4, 5, 2)), new Seed(3))) {
      SafeTensors.write(file, network.weights().stored(), Map.of());
      try (OpenedNetwork opened = NetworkFile.open(file)) {
        assertEquals(
            List.of("ReLU stands between the linear layers", "the classes have no names"),
            opened.assumptions());
        assertArrayEquals(logits(network), logits(opened.network()));
      }
    }
  }

  @Test
  void matricesOfFeedbackBesideANetworkAreNoneOfIt() {
    try (Network network = LayerNetwork.initialized(new Mlp(List.of(4, 5, 2)), new Seed(3))) {
      Map<String, StoredTensor> tensors = new LinkedHashMap<>(network.weights().stored());
      tensors.put("Bs.0", StoredTensor.of(new float[10], 5, 2));
      Path file = directory.resolve("fed.safetensors");
      write(file, tensors, network.card().toJson());
      try (OpenedNetwork opened = NetworkFile.open(file)) {
        assertArrayEquals(logits(network), logits(opened.network()));
      }
    }
  }

  @Test
  void aCardThatSaysOtherThanTheTensorsIsRefused() {
    Path file = directory.resolve("lying.safetensors");
    try (Network small = LayerNetwork.initialized(new Mlp(List.of(4, 5, 2)), new Seed(3));
        Network large = LayerNetwork.initialized(new Mlp(List.of(4, 6, 2)), new Seed(3))) {
      write(file, small.weights().stored(), large.card().toJson());
    }
    long before = TensorScope.liveObjects();
    String message =
        assertThrows(InvalidInputException.class, () -> NetworkFile.open(file)).getMessage();
    assertTrue(message.contains("its card says") && message.contains("[6]"), message);
    assertFalse(message.contains("\n"), message);
    NativeObjects.assertNoneLeft(before);
  }

  @ParameterizedTest
  @MethodSource("wrongCards")
  void whatIsNoCardIsRefusedByItsKey(String json, String expected) {
    String message =
        assertThrows(InvalidInputException.class, () -> NetworkCard.parse(json, "x.safetensors"))
            .getMessage();
    assertTrue(message.startsWith("x.safetensors: ") && message.contains(expected), message);
  }

  static Stream<Arguments> wrongCards() {
    return Stream.of(
        Arguments.of("[1]", "no JSON object"),
        Arguments.of("null", "format"),
        Arguments.of("{\"format\":2}", "format=2"),
        Arguments.of("{\"format\":1,\"architecture\":{}}", "architecture"),
        Arguments.of(
            "{\"format\":1,\"architecture\":{\"name\":\"mlp\"},\"head\":\"fc\",\"classes\":[],"
                + "\"input\":{\"kind\":\"image\",\"channels\":1,\"height\":0,\"width\":2,"
                + "\"mean\":[0],\"std\":[1]}}",
            "input"));
  }

  private static void write(Path file, Map<String, StoredTensor> tensors, String card) {
    SafeTensors.write(file, tensors, Map.of(NetworkCard.KEY, card));
  }

  private static float[] logits(Network network) {
    List<Long> sample = network.card().input().orElseThrow().shape();
    long[] shape = new long[sample.size() + 1];
    shape[0] = 2;
    int count = 2;
    for (int i = 1; i < shape.length; i++) {
      shape[i] = sample.get(i - 1);
      count *= (int) shape[i];
    }
    float[] values = Tensors.random(count, 7);
    return TensorScope.withinWithoutGradients(
        () -> TensorBridge.toFloats(network.forward(TensorBridge.floats(values, shape))));
  }
}
