package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.ArrayFile;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.NpyOutput;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredArray;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.random.Seed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks evaluated without training, and what they computed in a file. */
class FeaturesCommandTest {
  /** As golden/torchscript/README.md says: logits, taps and representation, absolute. */
  private static final double TOLERANCE = 1e-5;

  @TempDir private Path folder;

  private Session features(String network, String data, String... more) {
    List<String> arguments =
        Stream.concat(
                Stream.of(
                    "features", "--network", network, "--data", data, "--out", out().toString()),
                Stream.of(more))
            .toList();
    return Session.of(arguments.toArray(String[]::new));
  }

  private Path out() {
    return folder.resolve("out.npz");
  }

  private static String golden(String name) {
    return Golden.path("torchscript/" + name).toString();
  }

  private static double[] values(String address) {
    try (ArrayFile file = ArrayFile.open(address)) {
      return file.wanted().get(0).toDoubles();
    }
  }

  private String written(String name) {
    return out() + "#" + name;
  }

  private List<String> shapes() {
    try (ArrayFile file = ArrayFile.open(out().toString())) {
      return file.arrays().stream().map(StoredArray::toString).toList();
    }
  }

  /** Three at a time: the last batch is another than the first. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "convnext/model",
        "mean-text/model",
        "mean-text/model-scripted",
        "mobilenetv3/model",
        "resnet50-narrow/model",
        "resnet50-narrow/model-scripted",
        "table-net/model",
        "table-net/model-scripted",
        "vit/model"
      })
  void logitsRepresentationAndTapsAreWhatPyTorchComputes(String name) throws IOException {
    String of = name.substring(0, name.indexOf('/'));
    List<String> taps;
    try (Stream<Path> files = Files.list(Golden.path("torchscript/" + of + "/taps"))) {
      taps = files.map(file -> file.getFileName().toString().replaceFirst("\\.npy$", "")).toList();
    }
    Session session =
        features(
            golden(name + ".pt"),
            golden(of + "/input.npy"),
            "--batch",
            "3",
            "--logits",
            "--tap",
            Stream.concat(taps.stream(), Stream.of("representation"))
                .collect(Collectors.joining(",")));

    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertArrayEquals(values(golden(of + "/logits.npy")), values(written("logits")), TOLERANCE);
    assertArrayEquals(
        values(golden(of + "/representation.npy")), values(written("representation")), TOLERANCE);
    for (String tap : taps) {
      assertArrayEquals(
          values(golden(of + "/taps/" + tap + ".npy")), values(written(tap)), TOLERANCE, tap);
    }
  }

  @Test
  void anAdapterActsOnTheNetwork() {
    Session session =
        features(
            golden("vit/model.pt"),
            golden("vit/input.npy"),
            "--adapter",
            golden("vit/lora"),
            "--logits");

    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertArrayEquals(
        values(golden("vit/merged-logits.npy")), values(written("logits")), TOLERANCE);
  }

  @Test
  void aMapIsWrittenInItsOwnShapeAndMeasuredFlattened() {
    features(
        golden("resnet50-narrow/model.pt"), golden("resnet50-narrow/input.npy"), "--tap", "layer1");
    assertEquals(List.of("layer1 float32 (6, 32, 12, 12)"), shapes());

    String[] measure = {
      "measure",
      "--features",
      out().toString(),
      "--labels",
      golden("resnet50-narrow/labels.npy"),
      "--format",
      "json",
      "--classes",
      "7"
    };
    Session refused = Session.of(measure);
    assertEquals(ExitCodes.YOUR_INPUT, refused.exitCode());
    assertTrue(refused.err().contains("--flatten"), refused.err());
    Session flat =
        Session.of(
            Stream.concat(Stream.of(measure), Stream.of("--flatten")).toArray(String[]::new));
    assertEquals(ExitCodes.DONE, flat.exitCode(), flat.err());
    assertTrue(flat.out().replace(" ", "").contains("\"dimensions\":4608"), flat.out());
  }

  @Test
  void twoInputsComeByTheNetworksOwnNamesAndLabelsWithThem() {
    Path data = folder.resolve("two.npz");
    NpyOutput.writeNpz(
        data,
        List.of(
            floats("x", 10, 4),
            floats("y", 10, 4),
            NpyOutput.Named.of("labels", new int[] {0, 1, 2, 0, 1, 2, 0, 1, 2, 0})));
    String network = golden("refused/two-inputs.pt");

    Session both = features(network, data.toString(), "--logits");
    assertEquals(ExitCodes.DONE, both.exitCode(), both.err());
    assertEquals("labels int64 (10,)", shapes().get(0));
    assertTrue(shapes().get(1).startsWith("logits float32 (10, "), shapes().toString());

    Session one = features(network, data + "#x", "--logits");
    assertEquals(ExitCodes.YOUR_INPUT, one.exitCode());
    assertTrue(one.err().contains("the network takes x, y"), one.err());
  }

  private static NpyOutput.Named floats(String name, int rows, int width) {
    ByteBuffer bytes =
        ByteBuffer.allocate(rows * width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < rows * width; i++) {
      bytes.putFloat(i % 7 - 3);
    }
    return new NpyOutput.Named(
        name,
        ElementType.F32,
        new long[] {rows, width},
        bytes.flip().order(ByteOrder.LITTLE_ENDIAN));
  }

  @ParameterizedTest
  @CsvSource({
    "refused/frozen.pt, table-net/input.npy",
    "refused/half.pt, table-net/input.npy",
    "refused/quantized.pt, table-net/input.npy",
    "refused/no-linear.pt, mobilenetv3/input.npy"
  })
  void whatCannotBeTrainedIsEvaluated(String network, String data) {
    String wanted = network.contains("no-linear") ? "--tap=0" : "--logits";
    Session session = features(golden(network), golden(data), wanted);
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "refused/no-linear.pt | mobilenetv3/input.npy | --logits | (5, 4, 1, 1)",
        "refused/no-linear.pt | mobilenetv3/input.npy | --logits | --tap",
        "refused/frozen.pt | table-net/input.npy | | torch.jit.freeze",
        "refused/no-linear.pt | mobilenetv3/input.npy | | --logits and --tap NAME",
        "vit/model.pt | vit/input.npy | --tap=encoder.nothing | encoder.ln",
        "vit/model.pt | table-net/input.npy | --logits | model.pt",
        "vit/model.pt | vit/input.npy | --pixels=unit | taken as they are",
        "vit/model.pt | vit/input.npy | --variant=full | runs have variants",
        "vit/model.pt | vit/nothing.npy | --logits | no such file",
        "vit/model.pt | mnist | --logits | --pixels must",
        "vit/model.pt | mnist | --size=28 | [3, 28, 28]",
        "built-in/resnet18-cifar.pt | nowhere | --logits | nowhere"
      })
  void whatCannotBeWrittenIsSaidInOneLineAndNothingIsLeft(
      String network, String data, String option, String said) {
    Path file = out();
    String[] more = option == null ? new String[0] : new String[] {option};
    String input = data.contains("/") && !data.contains("nothing") ? golden(data) : data;
    Session session = features(golden(network), input, more);

    assertEquals(ExitCodes.YOUR_INPUT, session.exitCode(), session.err());
    assertTrue(session.err().contains(said), session.err());
    assertEquals(1, session.err().lines().count(), session.err());
    assertFalse(Files.exists(file));
  }

  @Test
  void imagesEnterAsTheCardSaysWithTheirLabels() throws IOException {
    Path images = SmallImages.write(folder.resolve("images"));
    Path network = folder.resolve("mlp.safetensors");
    try (Network mlp = LayerNetwork.initialized(new Mlp(List.of(64, 6, 2)), new Seed(1))) {
      NetworkFile.write(network, mlp);
    }
    String[] unsaid = {"--part", "test"};
    assertTrue(features(network.toString(), images.toString(), unsaid).err().contains("--pixels"));

    Session session =
        features(network.toString(), images.toString(), "--part", "test", "--pixels", "unit");
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertEquals(List.of("labels int64 (8,)", "features float32 (8, 6)"), shapes());

    Session one =
        features(network.toString(), images.resolve("test").toString(), "--pixels", "unit");
    assertEquals(ExitCodes.DONE, one.exitCode(), one.err());
    assertEquals(List.of("labels int64 (8,)", "features float32 (8, 6)"), shapes());
  }

  @Test
  void aFileThatWasTracedInTrainingModeIsSaidToBeOne() throws IOException {
    Path input = folder.resolve("x.safetensors");
    int values = 2 * 3 * 8 * 8;
    StoredTensor zeros = StoredTensor.of(new float[values], 2, 3, 8, 8);
    SafeTensors.write(input, Map.of("x", zeros), Map.of());
    Session session = features(golden("training-mode/model.pt"), input.toString(), "--logits");
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertTrue(session.err().contains("depends on the others"), session.err());
    assertTrue(session.err().contains("drop at random"), session.err());
  }

  @Test
  void whatIsAssumedOfANetworkAndDoneToImagesIsSaid() throws IOException {
    Path network = folder.resolve("colour.safetensors");
    try (Network cnn = LayerNetwork.initialized(new SmallCnn(3, 8, 2), new Seed(1))) {
      SafeTensors.write(network, cnn.weights().stored(), Map.of()); // without a card
    }
    Path images = SmallImages.write(folder.resolve("grey"));
    String folders = features(network.toString(), images.toString()).err();
    assertTrue(
        folders.contains("images enter with pixels in [0, 1], since the file does not say"),
        folders);
    assertTrue(folders.contains("48 of 48 images are grey, in each of red"), folders);

    String named = features(network.toString(), "mnist", "--part", "test").err();
    assertTrue(named.contains("mnist: short side resized to 8"), named);
    assertTrue(named.contains("grey in each of red, green and blue"), named);
  }
}
