package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.FileTensor;
import dev.collapsar.data.NewTensorFile;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.data.TensorFile;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a network of one layer, whose numbers can be followed by hand. */
class AdapterCommandTest {
  private static final StoredTensor W = StoredTensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
  private static final StoredTensor A = StoredTensor.of(new float[] {1, 0, -1}, 1, 3);
  private static final StoredTensor B = StoredTensor.of(new float[] {1, .5f}, 2, 1);
  private static final StoredTensor BIAS = StoredTensor.of(new float[] {7, 8}, 2);

  @TempDir Path folder;

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  @BeforeEach
  void aNetworkAndAnAdapter() {
    SafeTensors.write(
        folder.resolve("net.safetensors"), Map.of("fc.weight", W, "fc.bias", BIAS), Map.of());
    write("one", c -> c, LoraFactors.of(Kind.LINEAR, A, B)); // scale 2: adds (2 0 -2; 1 0 -1)
  }

  private void write(
      String name, UnaryOperator<AdapterConfig.Builder> options, LoraFactors factors) {
    AdapterConfig config =
        options.apply(AdapterConfig.of(ModuleSelector.named("fc"), factors.rank(), 2)).build();
    AdapterFile.of(config, Map.of("fc", factors), Map.of()).write(folder.resolve(name));
  }

  @Test
  void infoSaysWhatTheAdapterAdds() throws IOException {
    Session session =
        Session.of("adapter", "info", at("one"), "--base", at("net.safetensors"), "--format=json");
    assertEquals("", session.err());
    JsonNode fc = new ObjectMapper().readTree(session.out()).at("/modules/fc");
    assertEquals(2, fc.get("scale").asDouble());
    assertEquals("2/1", fc.get("scaleOrigin").asText());
    assertEquals(5, fc.get("parameters").asInt());
    assertEquals(6, fc.get("layerParameters").asInt());
    assertEquals(Math.sqrt(10), fc.get("updateNorm").asDouble(), 1e-14);
    assertEquals(Math.sqrt(10. / 91), fc.get("share").asDouble(), 1e-15);
  }

  @Test
  void infoWarnsOfWhatItDoesNotUnderstandAndOfLargeAdapters() throws IOException {
    StoredTensor wide = StoredTensor.of(new float[9], 3, 3);
    StoredTensor tall = StoredTensor.of(new float[6], 2, 3);
    write("large", c -> c, LoraFactors.of(Kind.LINEAR, wide, tall));
    Path config = folder.resolve("large/adapter_config.json");
    Files.writeString(config, Files.readString(config).replaceFirst("\\{", "{ \"moon\": 1,"));
    Session session = Session.of("adapter", "info", at("large"));
    assertEquals(ExitCodes.DONE, session.exitCode());
    assertTrue(session.out().contains("unknown key 'moon'"), session.out());
    assertTrue(session.out().contains("adapter of fc is larger than its weight"), session.out());
  }

  @Test
  void infoOfDoraAsksForTheBase() {
    writeDora("dora");
    String alone = Session.of("adapter", "info", at("dora")).out();
    assertTrue(alone.contains("fc: what DoRA adds depends on the base"), alone);
    String beside =
        Session.of("adapter", "info", at("dora"), "--base", at("net.safetensors")).out();
    assertFalse(beside.contains("depends on the base"), beside);
  }

  @Test
  void planCountsWhatWouldBeTrained() {
    Session session = Session.of("adapter", "plan", at("net.safetensors"), "--rank", "2", "--dora");
    assertEquals("", session.err());
    assertTrue(session.out().contains("would train 12 parameters in 1 layer:"), session.out());
    assertTrue(session.out().contains("warning: the adapter of fc is larger"), session.out());
  }

  @Test
  void programsReadThePlan() throws IOException {
    Session session =
        Session.of(
            "adapter", "plan", at("net.safetensors"), "--rank", "2", "--dora", "--format", "json");
    JsonNode json = new ObjectMapper().readTree(session.out());
    assertEquals(12, json.get("parameters").asInt());
    assertEquals("fc", json.at("/layers/0/layer").asText());
    assertEquals("[2,3]", json.at("/layers/0/shape").toString());
    assertTrue(json.at("/layers/0/largerThanLayer").asBoolean());
  }

  @Test
  void targetsThatMatchNothingAreAnsweredWithWhatThereIs() {
    Session session = Session.of("adapter", "plan", at("net.safetensors"), "--targets", "head");
    assertRefused(session, "[head] selects no layer; the network has fc Linear [2, 3]");
    assertRefused(
        Session.of("adapter", "plan", at("net.safetensors"), "--matching", "("),
        "is no regular expression");
    assertRefused(
        Session.of("adapter", "plan", at("net.safetensors"), "--targets", "a", "--matching", "b"),
        "mutually exclusive");
  }

  @Test
  void aMergeLeavesTheBaseAndWritesTheSum() throws IOException {
    byte[] before = Files.readAllBytes(folder.resolve("net.safetensors"));
    Session session = merge("one", "--base", at("net.safetensors"), "--out", at("m.safetensors"));
    assertEquals("", session.err());
    Map<String, StoredTensor> merged = read("m.safetensors");
    assertArrayEquals(new float[] {3, 2, 1, 5, 5, 5}, merged.get("fc.weight").toFloats());
    assertEquals(BIAS, merged.get("fc.bias"));
    assertArrayEquals(before, Files.readAllBytes(folder.resolve("net.safetensors")));
    assertTrue(session.out().contains("fc.weight"), session.out());
  }

  @Test
  void besideTensorsOfTypesThatAreOnlyCopiedAMergeIsTheSame() {
    NewTensorFile.write(
        folder.resolve("fp8.safetensors"),
        List.of(
            NewTensorFile.Head.of("fc.weight", ElementType.F32, 2, 3),
            new NewTensorFile.Head("scale", "F8_E4M3", new long[] {3}, 3)),
        Map.of(),
        out -> {
          out.put("fc.weight", 0, W.data());
          out.put("scale", 0, ByteBuffer.wrap(new byte[] {56, 64, 72}));
        });
    Session session = merge("one", "--base", at("fp8.safetensors"), "--out", at("m.safetensors"));
    assertEquals("", session.err());
    try (TensorFile merged = TensorFile.open(folder.resolve("m.safetensors"))) {
      FileTensor weight = merged.tensors().get("fc.weight");
      assertArrayEquals(new double[] {3, 2, 1, 5, 5, 5}, weight.toDoubles());
      FileTensor scale = merged.tensors().get("scale");
      assertEquals("scale F8_E4M3 (3,)", scale.toString());
      assertArrayEquals(new byte[] {56, 64, 72}, scale.read(0, ByteBuffer.allocate(3)).array());
    }
  }

  @Test
  void severalAdaptersAreMergedByTheirWeights() {
    write("two", c -> c, LoraFactors.of(Kind.LINEAR, A, StoredTensor.of(new float[] {0, 4}, 2, 1)));
    Session session =
        Session.of(
            "adapter",
            "merge",
            at("one"),
            at("two"),
            "--weights",
            "0.5,-0.25",
            "--base",
            at("net.safetensors"),
            "--out",
            at("m.safetensors"));
    assertEquals("", session.err());
    assertArrayEquals(
        new float[] {2, 2, 2, 2.5f, 5, 7.5f}, read("m.safetensors").get("fc.weight").toFloats());
  }

  @Test
  void aCombinationSaysHowFarItIsFromTheSum() {
    StoredTensor other = StoredTensor.of(new float[] {0, 1, 0}, 1, 3); // orthogonal to A
    write(
        "two",
        c -> c,
        LoraFactors.of(Kind.LINEAR, other, StoredTensor.of(new float[] {3, -6}, 2, 1)));
    Session cat = Session.of("adapter", "merge", at("one"), at("two"), "--out", at("cat"));
    assertEquals("", cat.err());
    assertEquals(2, AdapterFile.read(folder.resolve("cat")).modules().get("fc").rank());
    assertEquals(0, Double.parseDouble(last(cat.out(), "fc")));
    Session svd =
        Session.of("adapter", "merge", at("one"), at("two"), "--mode", "svd", "--out", at("svd"));
    double share = Math.sqrt(10. / 190); // of squares 10 + 180 the smaller is cut off
    assertEquals(share, Double.parseDouble(last(svd.out(), "fc")), 1e-5); // five digits
  }

  @Test
  void everyModeIsReached() {
    write("two", c -> c, LoraFactors.of(Kind.LINEAR, A, B));
    for (String mode : List.of("ties", "dare", "magnitude-prune", "magnitude_prune")) {
      Session session =
          Session.of(
              "adapter",
              "merge",
              at("one"),
              at("two"),
              "--mode",
              mode,
              "--density",
              "1",
              "--out",
              at(mode));
      assertEquals("", session.err());
      assertEquals(ExitCodes.DONE, session.exitCode());
    }
    assertEquals(ExitCodes.DONE, merge("one", "--mode", "linear", "--out", at("l")).exitCode());
  }

  @Test
  void theUserSaysWhichSquareLayersAreTurned() {
    StoredTensor square = StoredTensor.of(new float[] {1, 2, 3, 4}, 2, 2);
    SafeTensors.write(folder.resolve("square.safetensors"), Map.of("fc.weight", square), Map.of());
    write(
        "turned",
        c -> c.fanInFanOut(true),
        LoraFactors.of(
            Kind.LINEAR,
            StoredTensor.of(new float[] {0, 1}, 1, 2),
            StoredTensor.of(new float[] {1, 0}, 2, 1))); // scale 2
    String[] into = {"--base", at("square.safetensors"), "--force", "--out", at("m.safetensors")};
    assertRefused(merge("turned", into), "say with --fan-in-fan-out NAME,...");
    assertMerged(new float[] {1, 2, 5, 4}, into, "fc");
    assertMerged(new float[] {1, 4, 3, 4}, into, "none");
    assertRefused(
        merge("turned", "--out", at("x"), "--fan-in-fan-out", "fc"),
        "--fan-in-fan-out: has a meaning only with --base");
  }

  private void assertMerged(float[] expected, String[] options, String turned) {
    Session session =
        merge(
            "turned",
            Stream.concat(Arrays.stream(options), Stream.of("--fan-in-fan-out", turned))
                .toArray(String[]::new));
    assertEquals("", session.err());
    assertArrayEquals(expected, read("m.safetensors").get("fc.weight").toFloats());
  }

  @Test
  void whatCannotBeCombinedIsRefusedInOneLine() {
    writeDora("dora");
    assertRefused(
        Session.of("adapter", "merge", at("one"), at("dora"), "--out", at("x")),
        "dora: a DoRA adapter's update depends on the base");
    assertRefused(
        Session.of("adapter", "merge", at("one"), at("one"), "--out", at("x")), "is named twice");
    assertRefused(
        merge("one", "--tolerance", "0.1", "--out", at("x")), "--tolerance: has a meaning only");
    assertRefused(merge("one", "--weights", "1,2", "--out", at("x")), "2 weights for 1 adapters");
    assertRefused(merge("one", "--mode", "ties", "--out", at("x")), "needs --density");
    assertRefused(
        merge("one", "--mode", "dare", "--density", "2", "--out", at("x")), "must be in (0, 1]");
    assertRefused(merge("one", "--rank", "2", "--out", at("x")), "has no meaning with --mode cat");
    assertRefused(
        merge("one", "--mode", "svd", "--rank", "0", "--out", at("x")), "must be at least 1");
    assertFalse(Files.exists(folder.resolve("x")));
  }

  @Test
  void doraIsMergedIntoItsBase() {
    writeDora("dora");
    Session session = merge("dora", "--base", at("net.safetensors"), "--out", at("m.safetensors"));
    assertEquals("", session.err());
    float[] w = read("m.safetensors").get("fc.weight").toFloats();
    assertEquals(7, Math.sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]), 1e-6);
  }

  @Test
  void nothingIsReplacedUnlessAskedTo() throws IOException {
    merge("one", "--out", at("out"));
    merge("one", "--base", at("net.safetensors"), "--out", at("m.safetensors"));
    byte[] before = Files.readAllBytes(folder.resolve("out/adapter_model.safetensors"));
    assertRefused(merge("one", "--weights", "3", "--out", at("out")), "(--force)");
    assertRefused(
        merge("one", "--base", at("net.safetensors"), "--out", at("m.safetensors")), "(--force)");
    assertArrayEquals(before, Files.readAllBytes(folder.resolve("out/adapter_model.safetensors")));
    assertEquals(
        ExitCodes.DONE, merge("one", "--weights", "3", "--force", "--out", at("out")).exitCode());
    assertArrayEquals(
        new float[] {3, 1.5f},
        AdapterFile.read(folder.resolve("out")).modules().get("fc").b().toFloats());
    assertRefused(merge("one", "--out", at("net.safetensors")), "(--force)");
    assertRefused(
        merge("one", "--base", at("net.safetensors"), "--out", at("m.pth")),
        "must end in .safetensors");
  }

  @Test
  void aFailureLeavesNothing() throws IOException {
    SafeTensors.write(folder.resolve("other.safetensors"), Map.of("head.weight", W), Map.of());
    List<Path> before = files();
    assertRefused(
        merge("one", "--base", at("other.safetensors"), "--out", at("m.safetensors")),
        "the base has no tensor fc.weight");
    assertRefused(
        merge("one", "--base", at("net.safetensors"), "--out", at("no/such/m.safetensors")),
        "there is no folder");
    assertEquals(before, files());
  }

  @Test
  void anAdapterGoesToKohyasNamesAndBack() {
    Session there = Session.of("adapter", "convert", at("one"), at("k.safetensors"));
    assertEquals("", there.err());
    Map<String, StoredTensor> kohya = read("k.safetensors");
    assertEquals(A, kohya.get("lora_unet_fc.lora_down.weight"));
    assertArrayEquals(new float[] {2}, kohya.get("lora_unet_fc.alpha").toFloats());
    assertRefused(Session.of("adapter", "convert", at("one"), at("k.safetensors")), "(--force)");
    Session back = Session.of("adapter", "convert", at("k.safetensors"), at("back"));
    assertEquals("", back.err());
    assertEquals(AdapterFile.read(folder.resolve("one")), AdapterFile.read(folder.resolve("back")));
  }

  @Test
  void aBaseResolvesKohyasUnderscores() {
    SafeTensors.write(folder.resolve("net2.safetensors"), Map.of("a_b.fc.weight", W), Map.of());
    SafeTensors.write(
        folder.resolve("theirs.safetensors"),
        Map.of("lora_te_a_b_fc.lora_down.weight", A, "lora_te_a_b_fc.lora_up.weight", B),
        Map.of());
    assertRefused(
        Session.of("adapter", "convert", at("theirs.safetensors"), at("x")), "name the network");
    Session session =
        Session.of(
            "adapter",
            "convert",
            at("theirs.safetensors"),
            at("ours"),
            "--base",
            at("net2.safetensors"));
    assertEquals("", session.err());
    assertTrue(AdapterFile.read(folder.resolve("ours")).modules().containsKey("a_b.fc"));
  }

  @Test
  void optionsThatWouldBeIgnoredAreRefused() {
    assertRefused(
        Session.of(
            "adapter", "convert", at("one"), at("k.safetensors"), "--base", at("net.safetensors")),
        "--base: has a meaning only when a kohya file is read");
    assertRefused(
        Session.of("adapter", "convert", at("net.safetensors"), at("x"), "--prefix", "lora_te"),
        "--prefix: has a meaning only");
    assertRefused(
        Session.of("adapter", "convert", at("one"), at("k.safetensors"), "--prefix", "my"),
        "--prefix my: must be lora_");
    assertRefused(
        Session.of("adapter", "convert", at("net.safetensors"), at("x")),
        "are converted by 'collapsar convert'");
  }

  @Test
  void withoutASubcommandOneLineSaysSo() {
    assertRefused(Session.of("adapter"), "Missing required subcommand");
  }

  private void writeDora(String name) {
    StoredTensor magnitude = StoredTensor.of(new float[] {7, 7}, 2);
    write(
        name,
        c -> c.dora(true),
        new LoraFactors(Kind.LINEAR, A, B, Optional.empty(), Optional.of(magnitude)));
  }

  private Session merge(String adapter, String... more) {
    return Session.of(
        Stream.concat(Stream.of("adapter", "merge", at(adapter)), Arrays.stream(more))
            .toArray(String[]::new));
  }

  private Map<String, StoredTensor> read(String name) {
    return SafeTensors.read(folder.resolve(name)).tensors();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.sorted().toList();
    }
  }

  /** The last word of the line that begins so. */
  private static String last(String text, String begin) {
    String line = text.lines().filter(l -> l.startsWith(begin)).findFirst().orElseThrow();
    return line.substring(line.lastIndexOf(' ') + 1);
  }

  private static void assertRefused(Session session, String reason) {
    assertEquals(ExitCodes.YOUR_INPUT, session.exitCode(), session.err());
    assertEquals(1, session.err().lines().count(), session.err());
    assertTrue(session.err().contains(reason), session.err());
    assertEquals("", session.out());
  }
}
