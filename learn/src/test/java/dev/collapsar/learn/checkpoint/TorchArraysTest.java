package dev.collapsar.learn.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ArrayFile;
import dev.collapsar.data.StoredArray;
import dev.collapsar.learn.Golden;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchArraysTest {
  @TempDir Path folder;

  @Test
  void whatIsNoTensorFileIsRefusedAndNothingInItRuns() throws Exception {
    Path file = folder.resolve("bad.pt");
    Files.write(file, "\u0080\u0002cos\nsystem\n.".getBytes(StandardCharsets.ISO_8859_1));
    String message =
        assertThrows(InvalidInputException.class, () -> ArrayFile.open(file.toString()))
            .getMessage();
    assertEquals(1, message.lines().count());
    assertTrue(message.startsWith(file + ": "), message);
  }

  @Test
  void tensorsOfDictionariesWithinDictionariesAreArraysByTheirKeys() throws Exception {
    String golden = Golden.path("pytorch/residual-mlp-dfa.pt").toString();
    try (ArrayFile file = ArrayFile.open(golden)) {
      Map<String, String> arrays =
          file.arrays().stream().collect(Collectors.toMap(StoredArray::name, Object::toString));
      assertEquals(
          "state_dict.embed.weight float32 (64, 192)", arrays.get("state_dict.embed.weight"));
      assertEquals("Bs.0 float32 (64, 10)", arrays.get("Bs.0"));
    }
  }
}
