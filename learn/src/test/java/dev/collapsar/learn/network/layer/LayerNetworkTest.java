package dev.collapsar.learn.network.layer;

import static dev.collapsar.learn.tensor.NativeObjects.assertNoneLeft;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.zeros;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.network.Tensors;
import dev.collapsar.learn.network.architecture.Composed;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.Weight;
import dev.collapsar.random.Seed;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LayerNetworkTest {
  private static final NetworkSpec SMALL_CNN = new SmallCnn(1, 28, 10);
  private static final Seed SEED = new Seed(42);

  // Two orders of summing at most 3136 products of about 0.01: an error of sqrt(3136) * 2^-24 *
  // 0.5.
  private static final float SUMMATION = 1e-5f;

  private LayerNetwork network;

  @BeforeEach
  void build() {
    network = LayerNetwork.initialized(SMALL_CNN, SEED);
  }

  @AfterEach
  void close() {
    network.close();
  }

  @Test
  void aSmallCnnHas421642Parameters() {
    assertEquals(421_642, network.weights().parameterCount());
    assertEquals(421_642, network.weights().trainableCount());
  }

  @Test
  void itsHeadAloneHas1290() {
    network.weights().setTrainableOnly("classifier.3");
    assertEquals(1_290, network.weights().trainableCount());
    assertEquals(
        List.of("classifier.3.weight", "classifier.3.bias"),
        List.copyOf(network.weights().trainable().keySet()));
    assertEquals(6, network.weights().frozen().size());
  }

  @Test
  void theMlpOfTheNotebookHas2807010() {
    try (LayerNetwork mlp = LayerNetwork.initialized(new Mlp(List.of(784, 1000, 2000, 10)), SEED)) {
      assertEquals(2_807_010, mlp.weights().parameterCount());
      assertEquals("linear3", mlp.spec().head());
    }
  }

  @Test
  void tensorsHaveTheNamesAndShapesThatPyTorchGivesThem() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    network
        .weights()
        .state()
        .forEach((name, t) -> shapes.put(name, Arrays.stream(t.shape()).boxed().toList()));

    Map<String, List<Long>> expected = new LinkedHashMap<>();
    expected.put("features.0.weight", List.of(32L, 1L, 3L, 3L));
    expected.put("features.0.bias", List.of(32L));
    expected.put("features.3.weight", List.of(64L, 32L, 3L, 3L));
    expected.put("features.3.bias", List.of(64L));
    expected.put("classifier.1.weight", List.of(128L, 3136L));
    expected.put("classifier.1.bias", List.of(128L));
    expected.put("classifier.3.weight", List.of(10L, 128L));
    expected.put("classifier.3.bias", List.of(10L));
    assertEquals(List.copyOf(expected.entrySet()), List.copyOf(shapes.entrySet()));
  }

  @Test
  void initialValuesFillTheIntervalOfOneOverTheRootOfFanIn() {
    Map<String, Integer> fanIn =
        Map.of("features.0", 9, "features.3", 288, "classifier.1", 3136, "classifier.3", 128);
    network
        .weights()
        .parameters()
        .forEach(
            (name, tensor) -> {
              double bound = 1 / Math.sqrt(fanIn.get(name.substring(0, name.lastIndexOf('.'))));
              double[] values = TensorBridge.toDoubles(tensor);
              double largest = Arrays.stream(values).map(Math::abs).max().orElseThrow();
              double mean = Arrays.stream(values).average().orElseThrow();
              int n = values.length;
              assertTrue(largest <= bound, name + " leaves its interval");
              // All n within a share q of the interval: q^n, here less than 1e-4.
              assertTrue(largest >= bound * Math.pow(1e-4, 1.0 / n), name + " does not fill it");
              // Five deviations of the mean of n uniform numbers.
              assertEquals(0, mean, 5 * bound / Math.sqrt(3.0 * n), name + " is not centred");
            });
  }

  @Test
  void everyLayerDrawsFromAStreamOfItsOwn() {
    Map<String, byte[]> ten = Tensors.bits(network);
    try (LayerNetwork seven = LayerNetwork.initialized(new SmallCnn(1, 28, 7), SEED);
        LayerNetwork other = LayerNetwork.initialized(SMALL_CNN, new Seed(43));
        LayerNetwork mlp = LayerNetwork.initialized(new Mlp(List.of(20, 30, 30, 30, 5)), SEED)) {
      Map<String, byte[]> bits = Tensors.bits(seven);
      for (String layer : List.of("features.0", "features.3", "classifier.1")) {
        assertArrayEquals(ten.get(layer + ".weight"), bits.get(layer + ".weight"), layer);
        assertArrayEquals(ten.get(layer + ".bias"), bits.get(layer + ".bias"), layer);
      }
      Tensors.bits(other).forEach((name, b) -> assertFalse(Arrays.equals(ten.get(name), b), name));
      assertFalse(
          Arrays.equals(
              Tensors.bits(mlp).get("linear2.weight"), Tensors.bits(mlp).get("linear3.weight")),
          "two layers of one shape begin alike");
    }
  }

  @Test
  void aCopyHasTheSameBitsAndALifeOfItsOwn() {
    network.setTraining(true);
    Map<String, byte[]> before = Tensors.bits(network);
    try (LayerNetwork copy = network.copy()) {
      Map<String, byte[]> copied = Tensors.bits(copy);
      assertEquals(before.keySet(), copied.keySet());
      before.forEach((name, bits) -> assertArrayEquals(bits, copied.get(name), name));
      assertTrue(copy.layer("classifier.3").isTraining());
      TensorScope.runWithoutGradients(() -> copy.weights().state().values().forEach(Tensor::zero_));
    }
    Tensors.bits(network).forEach((name, bits) -> assertArrayEquals(before.get(name), bits, name));
  }

  @Test
  void aTapAtTheHeadHearsWhatTheHeadIsGiven() {
    TensorScope.runWithoutGradients(
        () -> {
          List<TapPoint> heard = new ArrayList<>();
          Tensor[] passed = new Tensor[2];
          TapPoint out = TapPoint.output("classifier.3");
          Tensor logits =
              network.forward(
                  Input.of(images(5)),
                  List.of(network.representation(), out),
                  (tap, value) -> passed[heardAt(heard, tap)] = value);

          assertEquals(List.of(TapPoint.input("classifier.3"), out), heard);
          assertArrayEquals(new long[] {5, 128}, passed[0].shape());
          Linear head = (Linear) network.layer("classifier.3");
          assertArrayEquals(
              TensorBridge.toFloats(
                  linear(passed[0], head.weight().original(), new TensorOptional(head.bias()))),
              TensorBridge.toFloats(logits));
          assertArrayEquals(TensorBridge.toFloats(logits), TensorBridge.toFloats(passed[1]));
          network.forward(images(5));
          assertEquals(2, heard.size(), "a tap is gone after its pass");
        });
  }

  @Test
  void aTapThatThrowsIsGoneAfterwards() {
    TensorScope.runWithoutGradients(
        () -> {
          assertThrows(
              IllegalStateException.class,
              () ->
                  network.forward(
                      Input.of(images(1)),
                      List.of(network.representation()),
                      (tap, value) -> {
                        throw new IllegalStateException("a listener's own");
                      }));
          network.forward(images(1));
        });
  }

  @Test
  void channelsInnermostInMemoryGiveTheSameLogits() {
    TensorScope.runWithoutGradients(
        () -> {
          float[] plain = TensorBridge.toFloats(network.forward(images(16)));
          float[] last =
              TensorBridge.toFloats(network.forward(TensorBridge.channelsLast(images(16))));
          assertArrayEquals(plain, last, SUMMATION);
        });
  }

  @Test
  void aCheckpointOfPyTorchsGivesTheLogitsThatPyTorchComputes() throws Exception {
    Path file = Golden.path("pytorch/small-cnn.pth");
    network.weights().load(Checkpoint.read(file).tensors(), file.toString());
    float[] input = npy(Golden.path("pytorch/small-cnn-input.npy"));
    float[] logits = npy(Golden.path("pytorch/small-cnn-logits.npy"));

    TensorScope.runWithoutGradients(
        () -> {
          Tensor images = TensorBridge.floats(input, 8, 1, 28, 28);
          float[] ours = TensorBridge.toFloats(network.forward(TensorBridge.channelsLast(images)));
          assertArrayEquals(logits, ours, 1e-4f);
        });
  }

  @Test
  void whatDoesNotFitIsRefusedByNameAndNothingIsTaken() {
    Map<String, StoredTensor> state = new LinkedHashMap<>();
    network
        .weights()
        .state()
        .forEach((name, tensor) -> state.put(name, TensorBridge.stored(tensor.add(tensor))));
    state.remove("features.0.bias");
    state.put("classifier.5.weight", StoredTensor.of(new float[] {1}, 1));
    state.put("classifier.3.weight", StoredTensor.of(new float[7 * 128], 7, 128));
    Map<String, byte[]> before = Tensors.bits(network);

    String message =
        assertThrows(InvalidInputException.class, () -> network.weights().load(state, "other.pth"))
            .getMessage();

    assertEquals(
        "other.pth: does not fit the network: 1 missing (features.0.bias);"
            + " 1 unexpected (classifier.5.weight);"
            + " 1 of another shape (classifier.3.weight [7, 128] instead of [10, 128])",
        message);
    Tensors.bits(network).forEach((name, bits) -> assertArrayEquals(before.get(name), bits, name));
  }

  @Test
  void itsOwnStateLoadsBackToTheSameBits() {
    Map<String, StoredTensor> state = new LinkedHashMap<>();
    network
        .weights()
        .state()
        .forEach((name, tensor) -> state.put(name, TensorBridge.stored(tensor)));
    try (LayerNetwork other = LayerNetwork.initialized(SMALL_CNN, new Seed(1))) {
      other.weights().load(state, "copy");
      Tensors.bits(network)
          .forEach((name, bits) -> assertArrayEquals(bits, Tensors.bits(other).get(name), name));
      assertEquals(421_642, other.weights().trainableCount(), "loading froze a parameter");
    }
  }

  @Test
  void aLayerThatIsNotThereIsNamedWithThoseThatAre() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> network.layer("fc")).getMessage();
    assertTrue(message.contains("fc") && message.contains("classifier.3"), message);
  }

  @Test
  void aClosedNetworkOwnsNothing() {
    long before = TensorScope.liveObjects();
    LayerNetwork other = LayerNetwork.initialized(SMALL_CNN, SEED);
    assertTrue(TensorScope.liveObjects() > before, "nothing was made");
    other.close();
    assertNoneLeft(before);
  }

  @Test
  void aRenewedHeadDrawsFromItsOwnStreamAndLeavesTheRest() {
    network.setTraining(true);
    Map<String, byte[]> before = Tensors.bits(network);
    long objects = TensorScope.liveObjects();
    network.renewHead(3, new Seed(9));
    assertEquals(objects, TensorScope.liveObjects(), "the old head is freed");
    Map<String, byte[]> after = Tensors.bits(network);
    before.forEach(
        (name, bits) -> {
          if (!name.startsWith("classifier.3")) {
            assertArrayEquals(bits, after.get(name), name);
          }
        });
    try (Network other = LayerNetwork.initialized(new SmallCnn(1, 28, 3), new Seed(9));
        Network copy = network.copy()) {
      assertArrayEquals(
          Tensors.bits(other).get("classifier.3.weight"), after.get("classifier.3.weight"));
      assertArrayEquals(
          after.get("classifier.3.bias"), Tensors.bits(copy).get("classifier.3.bias"));
    }
    assertEquals(3, network.head().classes());
    assertEquals(List.of("0", "1", "2"), network.card().classes());
    assertTrue(network.layer("classifier.3").isTraining());
    assertTrue(network.weights().trainable().containsKey("classifier.3.weight"));
    TensorScope.runWithoutGradients(
        () -> assertArrayEquals(new long[] {2, 3}, network.forward(images(2)).shape()));
  }

  @Test
  void aHeadThatCarriesAnAdapterIsNotRenewed() {
    Adapter.attach(
        network, "a", AdapterConfig.of(ModuleSelector.named("classifier.3"), 2, 2).build(), SEED);
    assertThrows(IllegalStateException.class, () -> network.renewHead(3, SEED));
  }

  @Test
  void anotherNetworksCardIsNotTaken() {
    NetworkCard card = network.card();
    network.renewHead(3, SEED);
    assertThrows(IllegalArgumentException.class, () -> network.describe(card));
  }

  private static int heardAt(List<TapPoint> heard, TapPoint tap) {
    heard.add(tap);
    return heard.size() - 1;
  }

  private static Tensor images(int count) {
    return TensorBridge.floats(Tensors.random(count * 784, 7), count, 1, 28, 28);
  }

  /** The numbers of a float32 .npy file of version 1. */
  private static float[] npy(Path file) throws Exception {
    byte[] bytes = Files.readAllBytes(file);
    int header = 10 + (bytes[8] & 0xff) + ((bytes[9] & 0xff) << 8);
    float[] values = new float[(bytes.length - header) / Float.BYTES];
    ByteBuffer.wrap(bytes, header, bytes.length - header)
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(values);
    return values;
  }

  /** A layer of the caller's own around a head, with a parameter of its own. */
  private static final class Shifted extends Layer {
    private final Weight shift = parameter("shift", zeros(2));
    private final Linear head = child("head", new Linear(2, 3));

    @Override
    protected Tensor forward(Tensor input) {
      return head.apply(input.add(shift.effective()));
    }
  }

  @Test
  void aParameterOfTheOutermostLayerIsTrainedAndCopied() {
    NetworkSpec spec = new Composed("shifted", "head", Shifted::new);
    try (LayerNetwork own = LayerNetwork.initialized(spec, new Seed(1))) {
      assertEquals(
          List.of("shift", "head.weight", "head.bias"),
          List.copyOf(own.weights().parameters().keySet()));
      Tensors.set(own.weights().parameters().get("shift"), new float[] {4, 5});
      try (LayerNetwork copy = own.copy()) {
        assertArrayEquals(
            new float[] {4, 5}, TensorBridge.toFloats(copy.weights().parameters().get("shift")));
      }
    }
  }

  @Test
  void aHeadThatIsNotLinearIsRefusedInWords() {
    NetworkSpec spec =
        new Composed("odd", "1", () -> new Sequential(new Linear(2, 3), Layer.relu()));
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> LayerNetwork.initialized(spec, new Seed(1)))
            .getMessage();
    assertEquals("the head of odd must be a Linear layer, 1 is Relu", message);
  }
}
