package dev.collapsar.learn.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KohyaFileTest {
  private static final StoredTensor A = StoredTensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
  private static final StoredTensor B = StoredTensor.of(new float[] {1, 2, 3, 4}, 2, 2);

  @TempDir Path folder;

  @Test
  void anAdapterOfPeftComesBackWithEveryFactorAndScale() {
    AdapterFile adapter = AdapterFile.read(Golden.path("pytorch/adapter-fc-conv-rslora-r3"));
    Path file = folder.resolve("kohya.safetensors");
    KohyaFile.write(adapter, file, "lora_unet");
    assertEquals(
        Set.of(
            "lora_unet_fc.lora_down.weight",
            "lora_unet_fc.lora_up.weight",
            "lora_unet_fc.alpha",
            "lora_unet_layer4_1_conv2.lora_down.weight",
            "lora_unet_layer4_1_conv2.lora_up.weight",
            "lora_unet_layer4_1_conv2.alpha"),
        SafeTensors.read(file).tensors().keySet());
    AdapterFile back = KohyaFile.read(Checkpoint.read(file), file, List.of());
    assertEquals(adapter.modules(), back.modules());
    for (String module : adapter.modules().keySet()) {
      double scale = adapter.config().scale(module);
      assertEquals(scale, back.config().scale(module), Math.ulp(scale)); // of scale * 3 / 3
    }
  }

  @Test
  void everyLayerKeepsItsOwnRankAndScale() {
    AdapterConfig config =
        AdapterConfig.of(ModuleSelector.named("one", "two"), 2, 3)
            .rankPattern(Map.of("two", 1))
            .alphaPattern(Map.of("two", .25))
            .build();
    LoraFactors thin =
        LoraFactors.of(
            Kind.LINEAR,
            StoredTensor.of(new float[] {1, 2}, 1, 2),
            StoredTensor.of(new float[] {1}, 1, 1));
    AdapterFile adapter =
        AdapterFile.of(
            config, Map.of("one", LoraFactors.of(Kind.LINEAR, A, B), "two", thin), Map.of());
    Path file = folder.resolve("kohya.safetensors");
    KohyaFile.write(adapter, file, "lora_te");
    AdapterConfig back = KohyaFile.read(Checkpoint.read(file), file, List.of()).config();
    assertEquals(1.5, back.scale("one"));
    assertEquals(.25, back.scale("two"));
    assertEquals(1, back.rank("two"));
  }

  @Test
  void theAlphaIsAnyNumberAndWithoutOneTheScaleIsOne() {
    assertEquals(1, read(tensors("fc")).config().scale("fc"));
    StoredTensor half =
        new StoredTensor(ElementType.F16, new long[0], ByteBuffer.wrap(new byte[] {0, 0x44})); // 4
    assertEquals(2, read(with(tensors("fc"), "fc.alpha", half)).config().scale("fc"));
    ByteBuffer six = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 6);
    StoredTensor whole = new StoredTensor(ElementType.I64, new long[] {1}, six);
    assertEquals(3, read(with(tensors("fc"), "fc.alpha", whole)).config().scale("fc"));
    assertRefused("must be one finite number", with(tensors("fc"), "fc.alpha", number(0)));
    assertRefused("must be one finite number", with(tensors("fc"), "fc.alpha", number(Float.NaN)));
    assertRefused("must be one finite number", with(tensors("fc"), "fc.alpha", B));
  }

  @Test
  void underscoresAreResolvedByTheBaseOrRefused() {
    Map<String, StoredTensor> tensors = tensors("layer_1");
    assertRefused("name the network with --base", tensors);
    assertEquals(Set.of("layer.1"), read(tensors, "fc", "layer.1").modules().keySet());
    assertEquals(Set.of("layer_1"), read(tensors, "fc", "layer_1").modules().keySet());
    assertRefused("may be any of layer.1, layer_1", tensors, "layer.1", "layer_1");
    assertRefused("is none of the base's 1 layers", tensors, "fc");
  }

  @Test
  void theBaseCountsMoreThanTheFilesOwnNames() {
    Path file = folder.resolve("own.safetensors");
    SafeTensors.write(file, tensors("layer_1"), Map.of("collapsar_modules", "layer.1"));
    Checkpoint read = Checkpoint.read(file);
    assertEquals(Set.of("layer.1"), KohyaFile.read(read, file, List.of()).modules().keySet());
    assertEquals(
        Set.of("layer_1"), KohyaFile.read(read, file, List.of("layer_1")).modules().keySet());
  }

  @Test
  void whatIsNoPlainAdapterOfOneNetworkIsRefused() {
    assertRefused("no part of a plain", with(tensors("fc"), "fc.lora_mid.weight", B));
    assertRefused("no part of a plain", with(tensors("fc"), "fc.dora_scale", B));
    Map<String, StoredTensor> incomplete = new HashMap<>(tensors("fc"));
    incomplete.remove("lora_unet_fc.lora_up.weight");
    assertRefused("alone, must have", incomplete);
    Map<String, StoredTensor> two = new HashMap<>(tensors("fc"));
    two.put("lora_te1_fc.lora_down.weight", A);
    two.put("lora_te1_fc.lora_up.weight", B);
    assertRefused("adapters of several networks", two);
    assertRefused("does not begin with", Map.of("fc.lora_down.weight", A, "fc.lora_up.weight", B));
    assertRefused(
        "not the factors",
        Map.of("lora_unet_fc.lora_down.weight", A, "lora_unet_fc.lora_up.weight", A));
  }

  @Test
  void whatTheNamesHaveNoPlaceForIsRefusedAndNothingWritten() {
    LoraFactors plain = LoraFactors.of(Kind.LINEAR, A, B);
    Optional<StoredTensor> two = Optional.of(StoredTensor.of(new float[] {1, 2}, 2));
    assertNotWritten("DoRA", new LoraFactors(Kind.LINEAR, A, B, Optional.empty(), two), Map.of());
    assertNotWritten(
        "bias on B", new LoraFactors(Kind.LINEAR, A, B, two, Optional.empty()), Map.of());
    assertNotWritten("embedding", LoraFactors.of(Kind.EMBEDDING, A, B), Map.of());
    assertNotWritten(
        "2 groups",
        LoraFactors.of(
            Kind.CONV2D,
            StoredTensor.of(new float[] {1, 2}, 2, 1, 1, 1),
            StoredTensor.of(new float[] {1, 2}, 2, 1, 1, 1)),
        Map.of());
    assertNotWritten("saved in full", plain, Map.of("head.weight", B));
  }

  @Test
  void modulesOfOneFlatNameAreRefused() {
    LoraFactors plain = LoraFactors.of(Kind.LINEAR, A, B);
    AdapterFile adapter =
        AdapterFile.of(
            AdapterConfig.of(ModuleSelector.named("a.b", "a_b"), 2, 2).build(),
            Map.of("a.b", plain, "a_b", plain),
            Map.of());
    Path file = folder.resolve("no.safetensors");
    assertTrue(
        assertThrows(InvalidInputException.class, () -> KohyaFile.write(adapter, file, "lora_unet"))
            .getMessage()
            .contains("name of another module"));
    assertFalse(Files.exists(file));
  }

  private void assertNotWritten(
      String reason, LoraFactors factors, Map<String, StoredTensor> saved) {
    AdapterConfig config =
        AdapterConfig.of(ModuleSelector.named("fc"), 2, 2)
            .dora(factors.magnitude().isPresent())
            .loraBias(factors.bias().isPresent())
            .build();
    AdapterFile adapter = AdapterFile.of(config, Map.of("fc", factors), saved);
    Path file = folder.resolve("no.safetensors");
    String message =
        assertThrows(InvalidInputException.class, () -> KohyaFile.write(adapter, file, "lora_unet"))
            .getMessage();
    assertTrue(message.contains(reason), message);
    assertFalse(Files.exists(file));
  }

  private void assertRefused(String reason, Map<String, StoredTensor> tensors, String... modules) {
    String message =
        assertThrows(InvalidInputException.class, () -> read(tensors, modules)).getMessage();
    assertTrue(message.contains(reason), message);
    assertEquals(1, message.lines().count());
  }

  private AdapterFile read(Map<String, StoredTensor> tensors, String... modules) {
    Checkpoint file = new Checkpoint(tensors, Map.of(), Map.of(), Map.of(), Map.of(), List.of());
    return KohyaFile.read(file, folder.resolve("read.safetensors"), Arrays.asList(modules));
  }

  private static Map<String, StoredTensor> tensors(String flat) {
    return Map.of(
        "lora_unet_" + flat + ".lora_down.weight", A, "lora_unet_" + flat + ".lora_up.weight", B);
  }

  private static Map<String, StoredTensor> with(
      Map<String, StoredTensor> tensors, String name, StoredTensor tensor) {
    Map<String, StoredTensor> more = new HashMap<>(tensors);
    more.put("lora_unet_" + name, tensor);
    return more;
  }

  private static StoredTensor number(float value) {
    return StoredTensor.of(new float[] {value});
  }
}
