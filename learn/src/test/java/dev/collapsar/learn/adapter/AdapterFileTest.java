package dev.collapsar.learn.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterFileTest {
  @TempDir Path folder;

  private static final List<AdaptableLayer> PLANNED =
      List.of(
          AdaptableLayer.of("fc", Kind.LINEAR, 10, 128),
          new AdaptableLayer("conv", Kind.CONV2D, List.of(6L, 2L, 3L, 3L), 2),
          AdaptableLayer.of("embed", Kind.EMBEDDING, 100, 16),
          AdaptableLayer.of("other", Kind.LINEAR, 2, 2));

  @Test
  void aLinearAdapterOfPeftIsRead() {
    AdapterFile file = AdapterFile.read(Golden.path("pytorch/adapter-fc-r4"));
    assertEquals(Set.of("fc"), file.modules().keySet());
    LoraFactors fc = file.modules().get("fc");
    assertEquals(Kind.LINEAR, fc.kind());
    assertArrayEquals(new long[] {4, 128}, fc.a().shape());
    assertArrayEquals(new long[] {10, 4}, fc.b().shape());
    assertEquals(4, file.config().scale("fc"));
    assertEquals(4 * 128 + 10 * 4, fc.parameters());
  }

  @Test
  void aRankStabilisedAdapterOnAConvolutionIsRead() {
    AdapterFile file = AdapterFile.read(Golden.path("pytorch/adapter-fc-conv-rslora-r3"));
    LoraFactors conv = file.modules().get("layer4.1.conv2");
    assertEquals(Kind.CONV2D, conv.kind());
    assertArrayEquals(new long[] {3, 128, 3, 3}, conv.a().shape());
    assertEquals(1, conv.groups());
    assertEquals(6 / Math.sqrt(3), file.config().scale("layer4.1.conv2"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"adapter-fc-r4", "adapter-fc-conv-rslora-r3"})
  void whatIsWrittenIsReadBackTheSameAndWrittenTheSame(String golden) throws IOException {
    AdapterFile read = AdapterFile.read(Golden.path("pytorch/" + golden));
    assertWritesTheSame(read);
    assertEquals(
        SafeTensors.read(Golden.path("pytorch/" + golden + "/adapter_model.safetensors")).tensors(),
        SafeTensors.read(folder.resolve("1/adapter_model.safetensors")).tensors());
  }

  @Test
  void everyKindOfTensorHasTheNameThatPeftGivesIt() throws IOException {
    StoredTensor two = StoredTensor.of(new float[] {1, 2}, 2);
    AdapterConfig config =
        config(
            c ->
                c.dora(true)
                    .bias(BiasMode.ALL)
                    .modulesToSave(List.of("head", "bn1"))
                    .rankPattern(Map.of("grouped", 2)));
    AdapterFile file =
        AdapterFile.of(
            config,
            Map.of(
                "body.fc",
                new LoraFactors(
                    Kind.LINEAR, ones(1, 3), ones(2, 1), Optional.empty(), Optional.of(two)),
                "grouped",
                new LoraFactors(
                    Kind.CONV2D,
                    ones(2, 4, 3, 3),
                    ones(2, 1, 1, 1),
                    Optional.empty(),
                    Optional.of(StoredTensor.of(new float[] {1, 2}, 1, 2, 1, 1))),
                "embed",
                new LoraFactors(
                    Kind.EMBEDDING, ones(1, 7), ones(2, 1), Optional.empty(), Optional.of(two))),
            Map.of("body.fc.bias", two, "conv1.bias", two, "head.weight", two, "bn1.bias", two));
    assertWritesTheSame(file);
    assertEquals(
        Set.of(
            "base_model.model.body.fc.lora_A.weight",
            "base_model.model.body.fc.lora_B.weight",
            "base_model.model.body.fc.lora_magnitude_vector",
            "base_model.model.body.fc.base_layer.bias",
            "base_model.model.grouped.lora_A.weight",
            "base_model.model.grouped.lora_B.weight",
            "base_model.model.grouped.lora_magnitude_vector",
            "base_model.model.embed.lora_embedding_A",
            "base_model.model.embed.lora_embedding_B",
            "base_model.model.embed.lora_magnitude_vector",
            "base_model.model.conv1.bias",
            "base_model.model.head.weight",
            "base_model.model.bn1.bias"),
        SafeTensors.read(folder.resolve("1/adapter_model.safetensors")).tensors().keySet());
    assertEquals(2, AdapterFile.read(folder.resolve("1")).modules().get("grouped").groups());
  }

  @Test
  void aBiasOnBIsRead() throws IOException {
    AdapterFile file =
        AdapterFile.of(
            config(c -> c.loraBias(true)),
            Map.of(
                "fc",
                new LoraFactors(
                    Kind.LINEAR, ones(1, 3), ones(2, 1), Optional.of(ones(2)), Optional.empty())),
            Map.of());
    assertWritesTheSame(file);
    assertTrue(
        SafeTensors.read(folder.resolve("1/adapter_model.safetensors"))
            .tensors()
            .containsKey("base_model.model.fc.lora_B.bias"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."})
  void namesAreThoseInsideAParallelOrCompiledModel(String wrapper) throws IOException {
    String layer = "base_model.model." + wrapper + "fc.";
    AdapterFile read =
        read(
            config(c -> c),
            Map.of(layer + "lora_A.weight", ones(1, 3), layer + "lora_B.weight", ones(2, 1)));
    assertEquals(Set.of("fc"), read.modules().keySet());
  }

  @Test
  void whatPeftSavesThriceOfABiasTrainedInFullIsReadOnce() throws IOException {
    String head = "base_model.model.head.";
    StoredTensor trained = StoredTensor.of(new float[] {7, 8}, 2);
    AdapterFile read =
        read(
            config(c -> c.bias(BiasMode.ALL).modulesToSave(List.of("head"))),
            Map.of(
                "base_model.model.fc.lora_A.weight",
                ones(1, 3),
                "base_model.model.fc.lora_B.weight",
                ones(2, 1),
                "base_model.model.fc.base_layer.bias",
                ones(2),
                head + "weight",
                ones(2, 2),
                head + "bias",
                trained,
                head + "modules_to_save.bias",
                trained,
                head + "original_module.bias",
                ones(2)));
    assertEquals(
        Map.of("fc.bias", ones(2), "head.weight", ones(2, 2), "head.bias", trained), read.saved());
  }

  @Test
  void twoNamesOfOneTensorAreRefusedUnlessTheyAgree() {
    assertRefuses(
        Map.of(
            "base_model.model.fc.lora_A.weight", ones(1, 3),
            "base_model.model.fc.lora_B.weight", ones(2, 1),
            "base_model.model.head.weight", ones(2, 2),
            "base_model.model.head.modules_to_save.weight", ones(2, 3)),
        "two of its tensors are both 'head.weight'");
    assertRefuses(
        Map.of(
            "base_model.model.fc.lora_A.weight", ones(1, 3),
            "base_model.model.fc.lora_B.weight", ones(2, 1),
            "base_model.model.fc.base_layer.bias", ones(2),
            "base_model.model.fc.bias", StoredTensor.of(new float[] {1, 2}, 2)),
        "two of its tensors are both 'fc.bias'");
  }

  @Test
  void theCopyOfAnAdaptedEmbeddingStaysBesideIt() throws IOException {
    String table = "base_model.model.embed.";
    Map<String, StoredTensor> tensors =
        Map.of(
            table + "lora_embedding_A", ones(1, 3),
            table + "lora_embedding_B", ones(2, 1),
            table + "base_layer.weight", ones(3, 2));
    AdapterFile read =
        read(AdapterConfig.of(new ModuleSelector.Named(List.of("embed")), 1, 1).build(), tensors);
    assertEquals(Map.of("embed.weight", ones(3, 2)), read.saved());
    read.write(folder.resolve("again"));
    assertEquals(
        tensors.keySet(),
        SafeTensors.read(folder.resolve("again/adapter_model.safetensors")).tensors().keySet());
  }

  @Test
  void patternsThatContradictEachOtherInALayerAreWarnedOf() throws IOException {
    Map<String, Double> alphas = new LinkedHashMap<>();
    alphas.put("body.fc", 4.0);
    alphas.put("fc", 8.0);
    alphas.put("nothing", 9.0);
    AdapterFile read =
        read(
            config(c -> c.alphaPattern(alphas)),
            Map.of(
                "base_model.model.body.fc.lora_A.weight", ones(1, 3),
                "base_model.model.body.fc.lora_B.weight", ones(2, 1)));
    assertEquals(4, read.config().alpha("body.fc"));
    assertEquals(1, read.warnings().size(), read.warnings().toString());
    assertTrue(
        read.warnings()
            .get(0)
            .contains("alpha_pattern: 'body.fc' (4.0) and 'fc' (8.0) both match body.fc;"),
        read.warnings().toString());
    alphas.put("fc", 4.0);
    AdapterFile agreed =
        read(
            config(c -> c.alphaPattern(alphas)),
            Map.of(
                "base_model.model.body.fc.lora_A.weight", ones(1, 3),
                "base_model.model.body.fc.lora_B.weight", ones(2, 1)));
    assertEquals(List.of(), agreed.warnings());
  }

  @Test
  void aFolderInPlaceOfTheConfigurationIsSaidToBeOne() throws IOException {
    Files.createDirectory(folder.resolve("adapter_config.json"));
    String message =
        assertThrows(InvalidInputException.class, () -> AdapterFile.read(folder)).getMessage();
    assertTrue(message.endsWith("adapter_config.json: is no regular file"), message);
  }

  @Test
  void aFileInPlaceOfTheFolderIsRefused() throws IOException {
    Path file = Files.createFile(folder.resolve("adapter_model.safetensors"));
    assertEquals(
        file + ": is a file, must be the folder that holds adapter_config.json",
        assertThrows(InvalidInputException.class, () -> AdapterFile.read(file)).getMessage());
  }

  @Test
  void tensorsThatTheConfigurationDoesNotDescribeAreRefused() {
    String a = "base_model.model.fc.lora_A.weight";
    String b = "base_model.model.fc.lora_B.weight";
    assertRefuses(Map.of(a, ones(1, 3)), "module fc has [.lora_A.weight] alone");
    assertRefuses(Map.of("fc.lora_A.weight", ones(1, 3)), "does not begin with");
    assertRefuses(Map.of(), "no adapted module");
    assertRefuses(Map.of(a, ones(2, 3), b, ones(5, 2)), "its rank is 2 and the configuration's 1");
    assertRefuses(Map.of(a, ones(1, 3), b, ones(5, 2)), "are not the factors of a Linear layer");
    assertRefuses(
        Map.of(a.replace("fc", "gc"), ones(1, 3), b.replace("fc", "gc"), ones(5, 1)),
        "module gc: it is no target");
    assertRefuses(
        Map.of(a, ones(1, 3), b, ones(5, 1), "base_model.model.fc.lora_magnitude_vector", ones(5)),
        "a magnitude without use_dora");
    assertRefuses(
        Map.of(a, ones(1, 3), b, ones(5, 1), "base_model.model.fc.lora_kasa.weight", ones(5)),
        "of a kind that is not implemented");
  }

  @Test
  void aMissingFileIsNamed() {
    String message =
        assertThrows(InvalidInputException.class, () -> AdapterFile.read(folder)).getMessage();
    assertEquals(folder.resolve("adapter_config.json") + ": no such file", message);
  }

  @Test
  void aPlanCountsWhatWouldBeTrained() {
    AdapterConfig config =
        AdapterConfig.of(ModuleSelector.named("fc", "conv", "embed"), 4, 8).build();
    AdapterPlan plan = AdapterPlan.of(config, PLANNED);
    assertEquals(3, plan.layers().size());
    assertEquals(4 * (10 + 128), plan.layers().get(0).parameters());
    assertEquals(4 * 4 * 9 + 6 * 2, plan.layers().get(1).parameters());
    assertTrue(plan.layers().get(1).isLargerThanLayer());
    assertEquals(4 * (100 + 16), plan.layers().get(2).parameters());
    assertEquals(2, plan.layers().get(0).scale());
  }

  @Test
  void doraTrainsAMagnitudeForEveryOutputAndRefusesGroups() {
    AdapterConfig.Builder dora =
        AdapterConfig.of(ModuleSelector.named("fc", "embed"), 4, 8).dora(true);
    AdapterPlan plan = AdapterPlan.of(dora.build(), PLANNED);
    assertEquals(4 * (10 + 128) + 10, plan.layers().get(0).parameters());
    assertEquals(4 * (100 + 16) + 16, plan.layers().get(1).parameters());
    AdapterConfig grouped = AdapterConfig.of(ModuleSelector.named("conv"), 4, 8).dora(true).build();
    String message =
        assertThrows(InvalidInputException.class, () -> AdapterPlan.of(grouped, PLANNED))
            .getMessage();
    assertTrue(message.startsWith("use_dora: conv Conv2d [6, 2, 3, 3] in 2 groups"), message);
  }

  @Test
  void noMatchListsTheLayersWithTheirShapes() {
    AdapterConfig config = AdapterConfig.of(ModuleSelector.named("head"), 4, 8).build();
    String message =
        assertThrows(
                InvalidInputException.class,
                () ->
                    AdapterPlan.of(
                        config,
                        List.of(
                            AdaptableLayer.of("conv1", Kind.CONV2D, 16, 3, 3, 3),
                            AdaptableLayer.of("fc", Kind.LINEAR, 10, 128))))
            .getMessage();
    assertEquals(
        "target_modules [head] selects no layer; the network has conv1 Conv2d [16, 3, 3, 3],"
            + " fc Linear [10, 128]",
        message);
  }

  private void assertWritesTheSame(AdapterFile file) throws IOException {
    file.write(folder.resolve("1"));
    AdapterFile back = AdapterFile.read(folder.resolve("1"));
    assertEquals(file, back);
    back.write(folder.resolve("2"));
    for (String name : new String[] {"adapter_config.json", "adapter_model.safetensors"}) {
      assertArrayEquals(
          Files.readAllBytes(folder.resolve("1").resolve(name)),
          Files.readAllBytes(folder.resolve("2").resolve(name)));
    }
  }

  private void assertRefuses(Map<String, StoredTensor> tensors, String message) {
    String said =
        assertThrows(InvalidInputException.class, () -> read(config(c -> c), tensors)).getMessage();
    assertTrue(said.contains(message), said);
  }

  private AdapterFile read(AdapterConfig config, Map<String, StoredTensor> tensors)
      throws IOException {
    Files.writeString(folder.resolve("adapter_config.json"), AdapterConfigWriter.write(config));
    SafeTensors.write(folder.resolve("adapter_model.safetensors"), tensors, Map.of());
    return AdapterFile.read(folder);
  }

  private static AdapterConfig config(UnaryOperator<AdapterConfig.Builder> options) {
    return options
        .apply(AdapterConfig.of(ModuleSelector.named("fc", "grouped", "embed"), 1, 2))
        .build();
  }

  private static StoredTensor ones(long... shape) {
    int elements = 1;
    for (long size : shape) {
      elements *= (int) size;
    }
    float[] values = new float[elements];
    Arrays.fill(values, 1);
    return StoredTensor.of(values, shape);
  }
}
