package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataCommandTest {
  @TempDir private Path folder;

  @Test
  void everyNameIsListedWithWhereItIs() {
    List<String> lines = Session.of("data", "list").out().lines().toList();
    assertEquals(
        List.of(
            "mnist          60,000 + 10,000 handwritten digits, grey 28x28; comes with the",
            "               program"),
        lines.subList(0, 2));
    List<String> names = lines.stream().filter(line -> !line.startsWith(" ")).toList();
    assertEquals(3, names.size());
    assertTrue(names.get(1).startsWith("fashion-mnist  60,000 + 10,000 articles of clothing,"));
    assertTrue(names.get(2).startsWith("cifar10        50,000 + 10,000 photographs, RGB 32x32; "));
  }

  @Test
  void namedImagesAreCountedByClassWithTheirHashes() {
    Session info = Session.of("data", "info", "mnist");
    assertEquals(0, info.exitCode(), info.err());
    List<String> lines = info.out().lines().toList();
    assertEquals(
        List.of(
            "mnist: 60,000 + 10,000 handwritten digits, grey 28x28; comes with the program",
            "train      60,000 images, channels x height x width 1 x 28 x 28, 10 classes",
            "test       10,000 images, channels x height x width 1 x 28 x 28, 10 classes",
            "mean       0.1307",
            "deviation  0.3081",
            "",
            "label  class  train   test",
            "    0      0  5,923    980"),
        lines.subList(0, 8));
    assertEquals(
        List.of(
            "t10k-labels-idx1-ubyte.gz",
            "  b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b"),
        lines.subList(lines.size() - 2, lines.size()));
    assertTrue(lines.stream().allMatch(line -> line.length() <= 80), info.out());
  }

  @Test
  void theOutOfDistributionImagesAreWhatComesOfFashionMnist() {
    Session info = Session.of("data", "info", "fashion-mnist");
    assertEquals(0, info.exitCode(), info.err());
    assertTrue(info.out().lines().anyMatch("    9  ankle boot   1,000"::equals), info.out());
  }

  @Test
  void programsReadWhatDataInfoSays() throws IOException {
    for (String image : new String[] {"train/a/0.png", "train/b/0.png", "train/b/2.png"}) {
      write(image);
    }
    write("test/a/0.png");
    write("test/b/0.png");
    Files.writeString(folder.resolve("train/b/1.png"), "none");
    Session info = Session.of("data", "info", folder.toString(), "--format", "json");
    assertEquals(0, info.exitCode(), info.err());
    JsonNode json = new ObjectMapper().readTree(info.out());
    assertEquals("[\"a\",\"b\"]", json.get("classes").toString());
    assertEquals("train", json.at("/splits/0/split").asText());
    assertEquals("[1,2]", json.at("/splits/0/imagesByClass").toString());
    assertEquals("[1,1]", json.at("/splits/1/imagesByClass").toString());
    assertEquals(1, json.get("leftOut").size());
    assertTrue(json.get("mean").get(0).isDouble());
  }

  @Test
  void filesAreCountedAndThoseThatCannotBeReadNamed() throws IOException {
    for (String image : new String[] {"train/a/0.png", "train/b/0.png", "test/a/0.png"}) {
      write(image);
    }
    write("test/b/0.png");
    Files.writeString(folder.resolve("train/b/1.png"), "none");
    Session info = Session.of("data", "info", folder.toString());
    assertEquals(0, info.exitCode(), info.err());
    List<String> lines = info.out().lines().toList();
    assertEquals(
        "train      2 images, channels x height x width 3 x 4 x 4, 2 classes", lines.get(0));
    assertEquals(
        List.of("1 image cannot be read:", "  train/b/1.png: is no JPEG, PNG, WebP or BMP"),
        lines.subList(lines.size() - 2, lines.size()));
    // All are black.
    String said = info.out().replaceAll("\\s+", " ");
    assertTrue(
        said.contains(
            folder
                + ": 2 of 2 test images are training images too, pixel by pixel, the first"
                + " test/a/0.png (train/a/0.png)"),
        said);
    assertTrue(
        said.contains(
            folder
                + ": 1 image stands in more than one class, the first as train/a/0.png and"
                + " train/b/0.png"),
        said);
  }

  private void write(String path) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    ImageIO.write(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "info cifra10 | cifra10: no such folder, .tar or .zip",
        "info pets.tar --data-dir x | --data-dir x: pets.tar is a place of its own; leave",
        "info cifar10 --data-dir none | none: no such folder or archive",
        "fetch mnist | mnist: there is nothing to fetch: comes with the program",
        "fetch cifra10 | NAME cifra10: there are no such data; nearest: cifar10,",
        "fetch cifar10 --from none.tar.gz | --from none.tar.gz: no such file",
        "fetch cifar10 --from ftp://host/x | --from ftp://host/x: must be a file or an http://",
        "ftech cifar10 | unknown command ftech; nearest: fetch,",
        "info | Missing required parameter: 'NAME|PATH'"
      })
  void whatIsNotThereIsRefusedInOneLine(String arguments, String expected) {
    Session session = Session.of(("data " + arguments).split(" "));
    assertEquals(2, session.exitCode());
    assertEquals(1, session.err().lines().count(), session.err());
    assertTrue(session.err().startsWith("collapsar: " + expected), session.err());
  }

  @Test
  void aCopyOfAnotherFileIsNotTaken() throws IOException {
    Path copy = Files.writeString(folder.resolve("copy"), "abc");
    Session session =
        Session.of(
            "data", "fetch", "cifar10", "--from", copy.toString(), "--to", folder.toString());
    assertEquals(2, session.exitCode());
    assertEquals(
        "collapsar: "
            + copy
            // RFC 1321's own value for these three letters.
            + ": has MD5 900150983cd24fb0d6963f7d28e17f72, that of cifar-10-binary.tar.gz is"
            + " c32a1d4ab5d03f1284b67883e8d87530; nothing of it is kept",
        session.err().strip());
    assertEquals(List.of("copy"), List.of(folder.toFile().list()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "info", "fetch"})
  void everyPartHasHelpThatFitsATerminal(String command) {
    Session help = Session.of("data", command, "--help");
    assertEquals(0, help.exitCode());
    help.out().lines().forEach(line -> assertTrue(line.length() <= 80, line));
  }
}
