package dev.collapsar.learn.network.script;

import static org.bytedeco.pytorch.global.torch.createCPUGenerator;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.model.OpenedNetwork;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.ResNet18.Stem;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptNetworkTest {
  private static final float TOLERANCE = 1e-5f; // as the goldens' README promises

  @TempDir Path folder;

  private static JsonNode about(String model) throws IOException {
    Path file = ScriptFiles.of(model).resolveSibling("about.json");
    return new ObjectMapper().readTree(file.toFile());
  }

  private static String beside(String model, String name) {
    return model.substring(0, model.indexOf('/') + 1) + name;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "convnext/model.pt",
        "mean-text/model.pt",
        "mean-text/model-scripted.pt",
        "mobilenetv3/model.pt",
        "resnet50-narrow/model.pt",
        "resnet50-narrow/model-scripted.pt",
        "table-net/model.pt",
        "table-net/model-scripted.pt",
        "vit/model.pt"
      })
  void logitsTapsAndRepresentationAreThoseOfPyTorch(String model) throws IOException {
    JsonNode about = about(model);
    try (Network network = ScriptFiles.open(model)) {
      float[] logits = ScriptFiles.floats(beside(model, "logits.npy"));
      assertArrayEquals(logits, ScriptFiles.logits(network, beside(model, "input.npy")), TOLERANCE);
      assertEquals(about.get("last_linear").asText(), network.head().name());
      assertEquals(about.get("parameters").asLong(), network.weights().parameterCount());
      Map<TapPoint, String> expected = new LinkedHashMap<>();
      about
          .get("taps")
          .fieldNames()
          .forEachRemaining(tap -> expected.put(TapPoint.output(tap), "taps/" + tap + ".npy"));
      expected.put(network.representation(), "representation.npy");
      List<TapPoint> heard = new ArrayList<>();
      TensorScope.runWithoutGradients(
          () -> {
            Tensor tapped =
                network.forward(
                    Input.of(ScriptFiles.tensor(beside(model, "input.npy"))),
                    expected.keySet(),
                    (tap, value) -> {
                      heard.add(tap);
                      assertArrayEquals(
                          ScriptFiles.floats(beside(model, expected.get(tap))),
                          TensorBridge.toFloats(value),
                          TOLERANCE,
                          tap::toString);
                    });
            assertArrayEquals(logits, TensorBridge.toFloats(tapped), TOLERANCE);
          });
      assertEquals(expected.size(), heard.size());
      assertEquals(network.representation(), heard.get(heard.size() - 1));
    }
  }

  @Test
  void everyModuleCanBeListenedAtAndTheRepresentationComesLast() {
    try (Network network = ScriptFiles.open("resnet50-narrow/model-scripted.pt")) {
      Map<String, List<Long>> shapes = network.tapShapes(List.of(3L, 48L, 48L));

      assertEquals(List.of(8L, 24L, 24L), shapes.get("bn1"));
      assertEquals(List.of(128L, 3L, 3L), shapes.get("layer3"));
      assertEquals(List.of(256L), shapes.get(Network.REPRESENTATION));
      List<String> names = List.copyOf(shapes.keySet());
      assertTrue(names.indexOf("conv1") < names.indexOf("layer1.0.conv1"));
      assertEquals(Network.REPRESENTATION, names.get(names.size() - 1));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "resnet50-narrow/model.pt,layer3",
    "resnet50-narrow/model-scripted.pt,layer3",
    "resnet50-narrow/model-scripted.pt,fc",
    "vit/model.pt,encoder.layers.encoder_layer_1",
    "table-net/model.pt,body.1",
    "mean-text/model-scripted.pt,hidden"
  })
  void aFrozenPrefixCanBeComputedOnce(String model, String entry) {
    try (Network network = ScriptFiles.open(model)) {
      float[] whole = ScriptFiles.logits(network, beside(model, "input.npy"));
      TensorScope.runWithoutGradients(
          () -> {
            Tensor input = ScriptFiles.tensor(beside(model, "input.npy"));
            Network until = network.until(entry);
            Network from = network.from(entry);
            Tensor cached = until.forward(input);
            byte[] before = TensorBridge.rawBytes(cached);
            assertArrayEquals(whole, TensorBridge.toFloats(from.forward(cached)));
            assertArrayEquals(before, TensorBridge.rawBytes(cached));
            until.close();
            from.close();
          });
    }
  }

  @Test
  void theFirstMovingModuleIsTheFirstThatIsTrained() {
    try (Network network = ScriptFiles.open("resnet50-narrow/model.pt")) {
      assertEquals("", network.firstMoving());
      network.weights().setTrainableOnly("layer4.0.conv3");
      assertEquals("layer4", SlotNames.module(network.firstMoving() + ".x").split("\\.")[0]);
      network.weights().setTrainableOnly("fc");
      assertEquals("fc", network.firstMoving());
      network.weights().setTrainable(false);
      assertEquals("fc", network.firstMoving());
    }
  }

  @Test
  void aResidualBlockCannotBeEnteredInside() {
    try (Network network = ScriptFiles.open("resnet50-narrow/model.pt")) {
      assertThrows(IllegalArgumentException.class, () -> network.from("layer1.1.conv2"));
    }
  }

  @Test
  void trainingModeSwitchesAScriptedFileAndNotATracedOne() {
    String input = "resnet50-narrow/input.npy";
    float[] evaluated = ScriptFiles.floats("resnet50-narrow/logits.npy");
    float[] byBatch = ScriptFiles.floats("resnet50-narrow/logits-train-mode.npy");
    try (Network scripted = ScriptFiles.open("resnet50-narrow/model-scripted.pt");
        Network traced = ScriptFiles.open("resnet50-narrow/model.pt")) {
      scripted.setTraining(true);
      traced.setTraining(true);
      assertArrayEquals(evaluated, ScriptFiles.logits(traced, input), TOLERANCE);
      assertArrayEquals(byBatch, ScriptFiles.logits(scripted, input), TOLERANCE);
    }
  }

  @Test
  void scriptedNormalisationsStayFrozenWithTheirParameters() {
    try (Network network = ScriptFiles.open("resnet50-narrow/model-scripted.pt")) {
      float[] evaluated = ScriptFiles.logits(network, "resnet50-narrow/input.npy");
      network.setTraining(true);
      network.weights().setTrainableOnly("fc");
      assertArrayEquals(evaluated, ScriptFiles.logits(network, "resnet50-narrow/input.npy"));
      assertTrue(network.weights().frozen().containsKey("bn1.running_mean"));
      network.setBatchNormDrift(true);
      assertTrue(network.driftingBatchNorms());
      assertFalse(network.weights().frozen().containsKey("bn1.running_mean"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"resnet18-cifar.pt", "resnet18-cifar-scripted.pt"})
  void aStateDictOfAnotherWidthLoadsByName(String name) {
    Path weights = Golden.path("pytorch/resnet18-w16.pth");
    try (Network network = ScriptFiles.open("built-in/" + name)) {
      network.weights().load(Checkpoint.read(weights).tensors(), "resnet18-w16.pth");
      float[] logits =
          TensorScope.withinWithoutGradients(
              () ->
                  TensorBridge.toFloats(
                      network.forward(
                          ScriptFiles.tensor(Golden.path("pytorch/resnet18-w16-input.npy")))));
      float[] expected =
          TensorScope.within(
              () ->
                  TensorBridge.toFloats(
                      ScriptFiles.tensor(Golden.path("pytorch/resnet18-w16-logits.npy"))));
      assertArrayEquals(expected, logits, TOLERANCE);
    }
  }

  static Stream<Arguments> ourOwnArchitectures() {
    return Stream.of(
        Arguments.of("small-cnn.pt", new SmallCnn(1, 28, 10), new long[] {3, 1, 28, 28}),
        Arguments.of(
            "resnet18-cifar.pt", new ResNet18(3, 4, Stem.CIFAR, 10), new long[] {3, 3, 32, 32}),
        Arguments.of(
            "resnet18-cifar-scripted.pt",
            new ResNet18(3, 4, Stem.CIFAR, 10),
            new long[] {3, 3, 32, 32}),
        Arguments.of(
            "resnet18-imagenet.pt",
            new ResNet18(3, 4, Stem.IMAGENET, 10),
            new long[] {3, 3, 64, 64}));
  }

  @ParameterizedTest
  @MethodSource("ourOwnArchitectures")
  void ourOwnLayersGiveTheSameLogits(String name, NetworkSpec spec, long[] shape) {
    try (Network script = ScriptFiles.open("built-in/" + name);
        Network own = LayerNetwork.initialized(spec, new Seed(0))) {
      own.weights().load(script.weights().stored(), name);
      // While gradients are recorded our own layers fold no normalisation into a convolution.
      TensorScope.run(
          () -> {
            Tensor input =
                randn(shape, new GeneratorOptional(createCPUGenerator(5)), new TensorOptions());
            assertArrayEquals(
                TensorBridge.toFloats(own.forward(input)),
                TensorBridge.toFloats(script.forward(input)),
                TOLERANCE);
          });
    }
  }

  /** A file's archive with this text in place of another. */
  private Path changed(String name, String text, String other) throws IOException {
    Path changed = folder.resolve("changed.pt");
    try (ZipFile from = new ZipFile(ScriptFiles.of(name).toFile());
        ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(changed))) {
      for (ZipEntry entry : from.stream().toList()) {
        byte[] bytes = from.getInputStream(entry).readAllBytes();
        to.putNextEntry(new ZipEntry(entry.getName()));
        to.write(
            entry.getName().endsWith(".py")
                ? new String(bytes, StandardCharsets.UTF_8)
                    .replace(text, other)
                    .getBytes(StandardCharsets.UTF_8)
                : bytes);
      }
    }
    return changed;
  }

  @Test
  void anOperatorThatThisLibTorchLacksIsNamedInOneLine() throws IOException {
    Path file = changed("table-net/model.pt", "torch.tanh", "torch.no_such_operator");
    String message =
        assertThrows(
                InvalidInputException.class,
                () -> ScriptNetwork.open(file, ScriptOptions.defaults()))
            .getMessage();
    assertTrue(message.contains("no_such_operator"), message);
    assertEquals(1, message.lines().count(), message);
  }

  @Test
  void aRewrittenFileStillGivesItsLogits() throws IOException {
    Path file = changed("table-net/model.pt", "torch.tanh", "torch.tanh");
    try (Network network = ScriptNetwork.open(file, ScriptOptions.defaults())) {
      assertArrayEquals(
          ScriptFiles.floats("table-net/logits.npy"),
          ScriptFiles.logits(network, "table-net/input.npy"),
          TOLERANCE);
    }
  }

  @Test
  void inputsThatDoNotFitAreExplainedInOneLine() {
    try (Network network = ScriptFiles.open("resnet50-narrow/model-scripted.pt")) {
      String message =
          assertThrows(
                  InvalidInputException.class,
                  () ->
                      TensorScope.runWithoutGradients(
                          () -> network.forward(network.blank(2, 1, 48, 48))))
              .getMessage();
      assertTrue(message.contains("channels"), message);
      assertEquals(1, message.lines().count(), message);
    }
  }

  @Test
  void aStateDictOfOtherNamesIsRefused() {
    try (Network network = ScriptFiles.open("table-net/model.pt")) {
      Map<String, StoredTensor> other =
          Checkpoint.read(ScriptFiles.of("mean-text/state_dict.pth")).tensors();
      assertThrows(InvalidInputException.class, () -> network.weights().load(other, "other"));
    }
  }

  @Test
  void aCopyIsAnotherNetworkOfTheSameValues() {
    try (Network network = ScriptFiles.open("table-net/model-scripted.pt");
        Network copy = network.copy()) {
      float[] before = ScriptFiles.logits(network, "table-net/input.npy");
      assertArrayEquals(before, ScriptFiles.logits(copy, "table-net/input.npy"));
      TensorScope.runWithoutGradients(
          () -> copy.weights().parameters().get("decide.bias").add_(TensorBridge.scalar(1)));
      assertArrayEquals(before, ScriptFiles.logits(network, "table-net/input.npy"));
      assertEquals(before[0] + 1, ScriptFiles.logits(copy, "table-net/input.npy")[0], 1e-5);
      assertTrue(copy.weights().parameters().get("decide.bias").requires_grad());
      assertTrue(copy.weights().parameters().get("decide.bias").is_leaf());
    }
  }

  @Test
  void theHeadIsRenewedForAnotherClassCount() {
    try (Network network = ScriptFiles.open("vit/model.pt");
        Network same = ScriptFiles.open("vit/model.pt")) {
      network.renewHead(9, new Seed(3));
      same.renewHead(9, new Seed(3));
      assertEquals(9, network.head().classes());
      float[] logits = ScriptFiles.logits(network, "vit/input.npy");
      assertEquals(5 * 9, logits.length);
      assertArrayEquals(logits, ScriptFiles.logits(same, "vit/input.npy"));
      try (Network copy = network.copy()) {
        assertArrayEquals(logits, ScriptFiles.logits(copy, "vit/input.npy"));
      }
    }
  }

  @Test
  void aSavedFileComputesTheSame() {
    Path saved = folder.resolve("saved.pt");
    try (ScriptNetwork network = ScriptFiles.open("table-net/model.pt")) {
      network.renewHead(3, new Seed(1));
      network.save(saved);
      try (Network again = ScriptNetwork.open(saved, ScriptOptions.defaults())) {
        assertArrayEquals(
            ScriptFiles.logits(network, "table-net/input.npy"),
            ScriptFiles.logits(again, "table-net/input.npy"));
      }
    }
  }

  @Test
  void theOpenerOfNetworksTakesAScriptAndItsCardGoesAlong() {
    Path saved = folder.resolve("carded.pt");
    try (OpenedNetwork opened = NetworkFile.open(ScriptFiles.of("vit/model.pt"))) {
      ScriptNetwork network = (ScriptNetwork) opened.network();
      assertEquals(List.of(), opened.assumptions());
      assertTrue(network.card().input().isEmpty(), "how pixels enter nobody said");
      assertEquals("heads.head", network.card().head());
      assertEquals(6, network.card().classes().size());
      network.describe(
          network
              .card()
              .withInput(InputSpec.Image.unit(3, 32, 32))
              .withClasses(List.of("a", "b", "c", "d", "e", "f")));
      network.save(saved);
    }
    try (OpenedNetwork again = NetworkFile.open(saved)) {
      assertEquals(List.of(), again.assumptions());
      assertEquals("c", again.network().card().classes().get(2));
      assertEquals(Optional.of(InputSpec.Image.unit(3, 32, 32)), again.network().card().input());
    }
  }

  @Test
  void whatEntersIsToldByTheExampleUnlessItIsAnImage() {
    try (Network text = ScriptFiles.open("mean-text/model.pt");
        Network table = ScriptFiles.open("table-net/model.pt")) {
      assertEquals(Optional.of(new InputSpec.Tokens(9, 60)), text.card().input());
      assertEquals(Optional.of(new InputSpec.Array(List.of(3L, 4L))), table.card().input());
    }
  }

  @Test
  void aNetworkOfTwoInputsTakesThemByNameAndNoImages() {
    try (Network network = ScriptFiles.open("refused/two-inputs.pt")) {
      assertEquals(List.of("x", "y"), network.neededInputs());
      String refusal =
          assertThrows(InvalidInputException.class, () -> network.takes(List.of(4L))).getMessage();
      assertTrue(refusal.contains("takes 2 inputs (x, y)"), refusal);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "no-linear.pt,network.head=NAME",
    "frozen.pt,torch.jit.freeze",
    "quantized.pt,quantised"
  })
  void whatAFileLacksForAClassifierIsSaidInOneLine(String name, String reason) {
    String message =
        assertThrows(
                InvalidInputException.class,
                () -> {
                  try (Network network = ScriptFiles.open("refused/" + name)) {
                    network.head();
                  }
                })
            .getMessage();
    assertTrue(message.contains(reason) && message.lines().count() == 1, message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fused-attention.pt", "half.pt"})
  void whatCannotBeTrainedIsEvaluatedAndRefusedBeforeTraining(String name) {
    try (Network network = ScriptFiles.open("refused/" + name)) {
      long[] shape = name.equals("half.pt") ? new long[] {2, 3, 4} : new long[] {2, 5, 16};
      TensorScope.runWithoutGradients(() -> network.forward(network.blank(shape)));
      String message =
          assertThrows(
                  InvalidInputException.class,
                  () -> TensorScope.run(() -> network.forward(network.blank(shape))))
              .getMessage();
      assertEquals(1, message.lines().count(), message);
    }
  }

  @Test
  void samplesOfAnotherShapeThanTheTracedOneAreTakenOnlyIfAskedFor() {
    ScriptOptions any = ScriptOptions.defaults().withAnySize();
    try (Network traced = ScriptFiles.open("resnet50-narrow/model.pt");
        Network freed = ScriptNetwork.open(ScriptFiles.of("resnet50-narrow/model.pt"), any);
        Network text = ScriptFiles.open("mean-text/model.pt")) {
      assertTrue(traced.takes(List.of(3L, 32L, 32L)) != traced.takes(List.of(3L, 48L, 48L)));
      assertTrue(freed.takes(List.of(3L, 64L, 64L)));
      assertFalse(freed.takes(List.of(1L, 64L, 64L)));
      assertTrue(text.takes(List.of(5L)) && text.takes(List.of(20L)));
    }
  }

  @Test
  void anotherHeadCanBeNamedAndAWrongOneListsThem() {
    ScriptOptions wrong = ScriptOptions.defaults().withHead("nowhere");
    try (Network network = ScriptNetwork.open(ScriptFiles.of("table-net/model.pt"), wrong)) {
      String message = assertThrows(InvalidInputException.class, network::head).getMessage();
      assertTrue(message.contains("nowhere") && message.contains("body.0.expand"), message);
    }
    ScriptOptions other = new ScriptOptions(Optional.of("encode"), Optional.empty(), false);
    try (Network network = ScriptNetwork.open(ScriptFiles.of("table-net/model.pt"), other)) {
      assertEquals("encode", network.head().name());
    }
  }

  /**
   * As timm's networks are scripted: a constant decides whether the classifier runs, which takes
   * its weight in the type of what enters.
   */
  @Test
  void aHeadBehindABranchThatAConstantTakesIsFound() {
    try (ScriptNetwork network = ScriptFiles.open("branch/model.pt")) {
      assertEquals("classifier", network.head().name());
      assertEquals(List.of("body", "classifier"), network.modules());
      TensorScope.runWithoutGradients(
          () -> {
            Tensor images = randn(3, 6);
            Map<TapPoint, Tensor> heard = new LinkedHashMap<>();
            TapPoint representation = TapPoint.input("classifier");
            Tensor logits = network.forward(Input.of(images), List.of(representation), heard::put);
            Map<String, Tensor> state = network.weights().state();
            Tensor expected =
                heard
                    .get(representation)
                    .matmul(state.get("classifier.weight").t())
                    .add(state.get("classifier.bias"));
            assertArrayEquals(
                TensorBridge.toFloats(expected), TensorBridge.toFloats(logits), TOLERANCE);
            assertArrayEquals(
                TensorBridge.toFloats(network.forward(images)), TensorBridge.toFloats(logits));
          });
    }
  }

  @Test
  void passesLeaveNothingBehind() {
    try (Network network = ScriptFiles.open("table-net/model.pt")) {
      ScriptFiles.logits(network, "table-net/input.npy");
      long before = TensorScope.liveObjects();
      for (int i = 0; i < 20; i++) {
        ScriptFiles.logits(network, "table-net/input.npy");
      }
      assertEquals(before, TensorScope.liveObjects());
    }
  }

  @Test
  void aFileTracedInTrainingModeIsNamedAsOneAndOthersAreNot() {
    try (ScriptNetwork network = ScriptFiles.open("training-mode/model.pt")) {
      assertEquals(List.of("batch normalisations", "dropouts"), tracedInTraining(network));
      assertTrue(network.cautions().get(2).startsWith("It draws at random whatever its mode"));
      assertEquals(List.of(), network.limits());
    }
    try (ScriptNetwork network = ScriptFiles.open("random/attention-traced.pt")) {
      assertEquals(1, network.cautions().size());
      assertTrue(network.cautions().get(0).startsWith("It draws at random whatever its mode"));
    }
    List<String> others =
        List.of("resnet50-narrow/model.pt", "vit/model.pt", "random/lstm-scripted.pt");
    for (String steady : others) {
      try (ScriptNetwork network = ScriptFiles.open(steady)) {
        assertEquals(List.of(), network.cautions(), steady);
      }
    }
  }

  @Test
  void parametersThatAreOneTensorAreNamed() {
    try (ScriptNetwork traced = ScriptFiles.open("tied/model.pt");
        ScriptNetwork scripted = ScriptFiles.open("tied/model-scripted.pt");
        ScriptNetwork other = ScriptFiles.open("mean-text/model.pt")) {
      assertEquals(
          List.of(
              "words.weight and vote.weight are one tensor; the code reads it as words.weight,"
                  + " where an adapter acts on all that uses it"),
          traced.limits());
      assertEquals(
          List.of(
              "words.weight and vote.weight are one tensor; an adapter on one of the names acts"
                  + " there alone, training all of it on each"),
          scripted.limits());
      assertEquals(List.of(), other.limits());
      assertFalse(traced.weights().sites().containsKey("vote"));
      assertEquals(Map.of("vote.weight", "words.weight"), traced.unreadNames());
      assertEquals(Map.of(), scripted.unreadNames());
      assertTrue(scripted.weights().sites().keySet().containsAll(List.of("words", "vote")));
    }
  }

  private static List<String> tracedInTraining(ScriptNetwork network) {
    Pattern what = Pattern.compile("Its (.*) were traced in training mode: .*");
    return network.cautions().stream()
        .map(what::matcher)
        .filter(Matcher::matches)
        .map(sentence -> sentence.group(1))
        .toList();
  }
}
