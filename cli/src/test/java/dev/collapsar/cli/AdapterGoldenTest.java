package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.checkpoint.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a checkpoint and adapters that PyTorch wrote, as a user of the command line sees them. */
class AdapterGoldenTest {
  private static final String ADAPTER = "adapter-fc-conv-rslora-r3";
  private static final String NETWORK = "resnet18-w16.pth";

  @TempDir Path folder;

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private static String golden(String name) {
    return Golden.path("pytorch").resolve(name).toString();
  }

  @Test
  void infoShowsARankStabilisedScale() {
    Session session = Session.of("adapter", "info", golden(ADAPTER), "--base", golden(NETWORK));
    assertTakenStateDictIsSaid(session);
    assertTrue(session.out().contains("4,254 parameters in 2 layers"), session.out());
    assertTrue(session.out().contains("3.4641  6/sqrt(3)"), session.out());
  }

  @Test
  void aPlanHasAsManyParametersAsTheAdapter() {
    Session session =
        Session.of(
            "adapter",
            "plan",
            golden(NETWORK),
            "--targets",
            "fc,layer4.1.conv2",
            "--rank",
            "3",
            "--alpha",
            "6",
            "--rslora");
    assertTakenStateDictIsSaid(session);
    assertTrue(session.out().contains("would train 4,254 parameters in 2 layers"), session.out());
  }

  private static void assertTakenStateDictIsSaid(Session session) {
    List<String> lines = session.err().lines().toList();
    assertEquals(4, lines.size(), session.err());
    assertTrue(lines.get(0).endsWith("the state dict is 'model_state_dict'"), session.err());
    assertTrue(lines.get(1).contains("not kept: optimizer_state_dict"), session.err());
    assertTrue(lines.get(2).contains("not kept: epoch"), session.err());
    assertTrue(lines.get(3).contains("not kept: note"), session.err());
  }

  @Test
  void aMergeChangesTheAdaptedWeightsAlone() {
    Session session =
        Session.of(
            "adapter",
            "merge",
            golden(ADAPTER),
            "--base",
            golden(NETWORK),
            "--out",
            at("m.safetensors"));
    assertEquals("", session.err());
    assertTrue(session.out().contains("largest logit difference"), session.out());
    assertTrue(session.out().contains("(resnet18, 32 random samples)"), session.out());
    Map<String, StoredTensor> before = Checkpoint.read(Path.of(golden(NETWORK))).tensors();
    Map<String, StoredTensor> after = SafeTensors.read(folder.resolve("m.safetensors")).tensors();
    assertEquals(before.keySet(), after.keySet());
    before.forEach(
        (name, tensor) ->
            assertEquals(
                !name.equals("fc.weight") && !name.equals("layer4.1.conv2.weight"),
                tensor.equals(after.get(name)),
                name));
  }

  @Test
  void aMergeThatChangesALogitTooMuchIsNotWritten() {
    Session session =
        Session.of(
            "adapter",
            "merge",
            golden(ADAPTER),
            "--base",
            golden(NETWORK),
            "--out",
            at("m.safetensors"),
            "--tolerance",
            "1e-12");
    assertEquals(ExitCodes.YOUR_INPUT, session.exitCode());
    assertEquals(1, session.err().lines().count(), session.err());
    assertTrue(session.err().contains("more than --tolerance 1.0E-12"), session.err());
    assertFalse(Files.exists(folder.resolve("m.safetensors")));
  }

  @Test
  void kohyasNamesAndBackKeepEveryFactor() {
    Session.of("adapter", "convert", golden(ADAPTER), at("k.safetensors"));
    Session back =
        Session.of(
            "adapter", "convert", at("k.safetensors"), at("back"), "--base", golden(NETWORK));
    assertEquals("", back.err());
    assertEquals(
        AdapterFile.read(Path.of(golden(ADAPTER))).modules(),
        AdapterFile.read(folder.resolve("back")).modules());
  }

  @Test
  void aCheckpointOfTorchBecomesSafetensors() {
    Session session = Session.of("convert", golden(NETWORK), at("net.safetensors"));
    assertEquals("", session.err());
    assertTrue(session.out().contains("not kept: epoch, outside of the state dict"));
    assertEquals(
        Checkpoint.read(Path.of(golden(NETWORK))).tensors(),
        SafeTensors.read(folder.resolve("net.safetensors")).tensors());
  }
}
