package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertCommandTest {
  private static final Map<String, StoredTensor> TENSORS =
      Map.of(
          "features", StoredTensor.of(new float[] {1, 2, 3, 4}, 2, 2),
          "labels", StoredTensor.of(new int[] {0, 1}, 2));

  @TempDir Path folder;

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void thereAndBackIsTheSameFile() throws IOException {
    SafeTensors.write(Path.of(at("a.safetensors")), TENSORS, Map.of());
    Session there = Session.of("convert", at("a.safetensors"), at("b.npz"));
    assertEquals("", there.err());
    assertEquals(
        List.of("features float32 (2, 2)", "labels int32 (2,)"), there.out().lines().toList());
    Session back = Session.of("convert", at("b.npz"), at("c.safetensors"));
    assertEquals(ExitCodes.DONE, back.exitCode());
    assertArrayEquals(
        Files.readAllBytes(Path.of(at("a.safetensors"))),
        Files.readAllBytes(Path.of(at("c.safetensors"))));
  }

  @Test
  void anExistingFileNeedsForce() {
    SafeTensors.write(Path.of(at("a.safetensors")), TENSORS, Map.of());
    SafeTensors.write(Path.of(at("b.safetensors")), Map.of(), Map.of());
    Session refused = Session.of("convert", at("a.safetensors"), at("b.safetensors"));
    assertEquals(ExitCodes.YOUR_INPUT, refused.exitCode());
    assertTrue(refused.err().contains("b.safetensors: exists already"), refused.err());
    assertEquals(Map.of(), SafeTensors.read(Path.of(at("b.safetensors"))).tensors());
    Session forced = Session.of("convert", "--force", at("a.safetensors"), at("b.safetensors"));
    assertEquals(ExitCodes.DONE, forced.exitCode());
    assertEquals(TENSORS, SafeTensors.read(Path.of(at("b.safetensors"))).tensors());
  }

  @Test
  void aCheckpointIsConvertedWholeOrNotAtAll() throws IOException {
    Session refused = convertCheckpoint("unread-sparse.pth");
    assertEquals(ExitCodes.YOUR_INPUT, refused.exitCode());
    assertTrue(refused.err().contains("'sparse' is a tensor of torch._utils"), refused.err());
    assertFalse(Files.exists(Path.of(at("out.safetensors"))));
    Session said = convertCheckpoint("averaged.pth");
    assertEquals(ExitCodes.DONE, said.exitCode());
    assertEquals(
        List.of(
            "w float32 (2,)",
            "the state dict is 'state_dict'",
            "not kept: state_dict_ema, another state dict",
            "not kept: epoch, outside of the state dict"),
        said.out().lines().toList());
  }

  private Session convertCheckpoint(String name) {
    return Session.of(
        "convert",
        "../learn/src/test/resources/dev/collapsar/learn/checkpoint/" + name,
        at("out.safetensors"));
  }

  @Test
  void oneFileIsNoConversion() {
    Session session = Session.of("convert", at("a.npz"));
    assertEquals(ExitCodes.YOUR_INPUT, session.exitCode());
    assertEquals(1, session.err().lines().count());
  }
}
