package dev.collapsar.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class NewFileTest {
  @TempDir private Path folder;

  private static Path put(Path file, String text) {
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void whatIsMadeAsideHasTheTargetsNameAndIsRecognisedAsOursUntilItIsThere() throws IOException {
    Path target = folder.resolve("net.pt");

    Path made =
        NewFile.writtenAside(
            target,
            aside -> {
              assertEquals("net.pt", aside.getFileName().toString());
              assertTrue(NewFile.isPartial(aside.getParent()), aside.toString());
              return put(aside, "whole");
            });

    assertEquals("whole", Files.readString(target));
    assertTrue(Files.notExists(made));
    assertEquals(List.of("net.pt"), names());
  }

  @Test
  void whatWillNotFitIsRefusedBeforeItIsWritten() throws IOException {
    Path target = folder.resolve("net.pt");
    NewFile.requireRoom(target, 1);
    String refusal =
        assertThrows(InvalidInputException.class, () -> NewFile.requireRoom(target, 1L << 62))
            .getMessage();
    assertTrue(
        refusal.startsWith(target + ": cannot be written, it takes 4398046511104 MB"), refusal);
    assertEquals(List.of(), names());
  }

  @Test
  void whatTheMakerThrowsLeavesTheOlderFileAndNothingElse() throws IOException {
    Path target = put(folder.resolve("net.pt"), "older");

    assertThrows(
        IllegalStateException.class,
        () ->
            NewFile.writtenAside(
                target,
                aside -> {
                  put(aside, "half");
                  throw new IllegalStateException("not like this");
                }));

    assertEquals("older", Files.readString(target));
    assertEquals(List.of("net.pt"), names());
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links need a right there")
  void aLinkIsWrittenThrough() throws IOException {
    Path target = put(folder.resolve("real.pt"), "older");
    Path link = Files.createSymbolicLink(folder.resolve("link.pt"), target);

    NewFile.writtenAside(link, aside -> put(aside, "whole"));

    assertTrue(Files.isSymbolicLink(link));
    assertEquals("whole", Files.readString(target));
  }
}
