package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.random.Seed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks in files, measured on images. */
class MeasuredNetworkTest {
  @TempDir private static Path folder;
  private static String file;

  @BeforeAll
  static void write() {
    file = folder.resolve("mlp.safetensors").toString();
    try (Network network = LayerNetwork.initialized(new Mlp(List.of(784, 6, 10)), new Seed(1))) {
      SafeTensors.write(Path.of(file), network.weights().stored(), Map.of());
    }
  }

  @Test
  void theRepresentationIsMeasuredWithItsHeadAndTheTestImages() throws IOException {
    JsonNode report =
        new ObjectMapper()
            .readTree(
                Session.of(
                        "measure",
                        "--network",
                        file,
                        "--data",
                        "mnist",
                        "--samples",
                        "200",
                        "--format",
                        "json")
                    .out());
    assertEquals(200, report.get("samples").asInt());
    assertEquals(10_000, report.get("testSamples").asInt());
    assertEquals(6, report.get("dimensions").asInt());
    assertTrue(report.at("/metrics/nc4_agree/value").isNumber());
    assertTrue(report.at("/metrics/nc3_dual_err/value").isNumber());
  }

  @Test
  void aTorchScriptFileIsMeasuredOnceItsPixelsAreSaid() throws IOException {
    String script = "../core/src/test/resources/golden/torchscript/built-in/small-cnn.pt";
    String[] arguments = {
      "measure", "--network", script, "--data", "mnist", "--samples", "100", "--format", "json"
    };
    Session silent = Session.of(arguments);
    assertEquals(2, silent.exitCode());
    assertTrue(silent.err().contains("--pixels must, one of"), silent.err());
    List<String> said = new ArrayList<>(List.of(arguments));
    said.addAll(List.of("--pixels", "unit"));
    JsonNode report = new ObjectMapper().readTree(Session.of(said.toArray(String[]::new)).out());
    assertEquals(100, report.get("samples").asInt());
    assertEquals(128, report.get("dimensions").asInt());
    String taps = Session.of("measure", "--network", script, "--dry-run").out();
    assertTrue(taps.contains("classifier.1 (128)"), taps);
  }

  @Test
  void theTapBeforeReluIsNotTheRepresentation() {
    String tapped = nc1("--tap", "linear1");
    assertFalse(tapped.equals(nc1()), tapped);
    // But for what needs the head's weights.
    assertEquals(own(nc1()), own(nc1("--tap", "relu1")));
  }

  private static List<String> own(String csv) {
    return csv.lines().filter(line -> !line.contains("_cos_weights,")).toList();
  }

  private static String nc1(String... more) {
    String[] arguments = {
      "measure",
      "--network",
      file,
      "--data",
      "mnist",
      "--samples",
      "200",
      "--metrics",
      "nc1_quot",
      "--format",
      "csv"
    };
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    Session session = Session.of(all);
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    return session.out();
  }

  @Test
  void anUnknownTapIsAnsweredWithTheTapsThereAre() {
    assertRefused(
        "--tap layer1: mlp has no such tap; its taps are flatten (784), linear1 (6), relu1 (6),"
            + " linear2 (10), representation (6)",
        "--network",
        file,
        "--data",
        "mnist",
        "--tap",
        "layer1");
  }

  @Test
  void aDryRunShowsTheTaps() {
    assertEquals(
        List.of(
            "mlp",
            "flatten (784)",
            "linear1 (6)",
            "relu1 (6)",
            "linear2 (10)",
            "representation (6)"),
        Session.of("measure", "--network", file, "--dry-run").out().lines().toList());
  }

  @Test
  void whatDoesNotGoTogetherIsRefusedInOneLine() {
    assertRefused("--tap linear1: needs --network too", "--features", "f.npy", "--tap", "linear1");
    assertRefused(
        "--network " + file + ": its features are measured, leave --labels out",
        "--network",
        file,
        "--labels",
        "l.npy");
    assertRefused(
        "--network " + file + ": needs --data too, the images to measure it on", "--network", file);
    assertRefused(
        "--samples 0: must be 1 or more", "--network", file, "--data", "mnist", "--samples", "0");
  }

  private static void assertRefused(String message, String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "measure";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    Session session = Session.of(all);
    assertEquals("collapsar: " + message + System.lineSeparator(), session.err());
    assertEquals(ExitCodes.YOUR_INPUT, session.exitCode());
  }

  @Test
  void measuringFilesLoadsNothingOfLibTorch() throws IOException, InterruptedException {
    Path features = folder.resolve("few.safetensors");
    SafeTensors.write(
        features,
        Map.of(
            "features", StoredTensor.of(new float[] {1, 0, 2, 0, 0, 1, 0, 2}, 4, 2),
            "labels", StoredTensor.of(new int[] {0, 0, 1, 1}, 4)),
        Map.of());
    Path classes = folder.resolve("classes.log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load:file=" + classes,
                "-cp",
                System.getProperty("java.class.path"),
                "dev.collapsar.cli.Collapsar",
                "measure",
                "--features",
                features.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(ExitCodes.DONE, process.waitFor(), said);
    assertFalse(Files.readString(classes).contains("org.bytedeco.pytorch"));
  }
}
