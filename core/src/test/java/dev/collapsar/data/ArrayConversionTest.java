package dev.collapsar.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.features.FeatureFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArrayConversionTest {
  @TempDir Path folder;

  private static String golden(String name) {
    return Goldens.file(name).toString();
  }

  private Path convert(String target, String... sources) {
    Path file = folder.resolve(target);
    try (ArrayConversion conversion = ArrayConversion.open(List.of(sources), file)) {
      AtomicLong written = new AtomicLong();
      conversion.run(false, written::addAndGet);
      assertEquals(conversion.bytes(), written.get());
    }
    return file;
  }

  private String refusal(String target, String... sources) {
    return assertThrows(InvalidInputException.class, () -> convert(target, sources)).getMessage();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "features-le-f2",
        "features-le-f4",
        "features-le-f8",
        "labels-le-i8",
        "labels-le-u1",
        "labels-b1"
      })
  void aNumpyFileIsWrittenWithTheSameBytes(String name) throws IOException {
    Path again = convert("again.npy", golden(name + ".npy"));
    assertArrayEquals(Files.readAllBytes(Goldens.file(name + ".npy")), Files.readAllBytes(again));
  }

  @ParameterizedTest
  @ValueSource(strings = {"be-f2", "be-f4", "be-f8", "fortran-be-f8", "fortran"})
  void otherOrdersOfBytesAndElementsBecomeThePlainOne(String kind) throws IOException {
    String plain = kind.contains("f2") ? "le-f2" : kind.contains("f8") ? "le-f8" : "le-f4";
    Path again = convert("again.npy", golden("features-" + kind + ".npy"));
    assertArrayEquals(
        Files.readAllBytes(Goldens.file("features-" + plain + ".npy")), Files.readAllBytes(again));
  }

  @Test
  void everyTypeComesBackFromTheOtherFormats() throws IOException {
    Path golden = Goldens.file("every-type.safetensors");
    Path zip = convert("all.npz", everyNameOfAZipMember(golden));
    Path back = convert("back.safetensors", zip.toString());
    Map<String, StoredTensor> expected = new HashMap<>(SafeTensors.read(golden).tensors());
    expected.keySet().removeIf(name -> !ZipDirectory.isHarmless(name));
    assertEquals(expected, SafeTensors.read(back).tensors());
  }

  private static String[] everyNameOfAZipMember(Path golden) {
    return SafeTensors.read(golden).tensors().keySet().stream()
        .filter(ZipDirectory::isHarmless)
        .map(name -> golden + "#" + name)
        .toArray(String[]::new);
  }

  @Test
  void bfloat16WidensToFloat32InNumpyFiles() throws IOException {
    Path wide = convert("wide.npy", golden("bf16.safetensors") + "#x");
    assertArrayEquals(
        Files.readAllBytes(Goldens.file("features-le-f4.npy")), Files.readAllBytes(wide));
    Path kept = convert("kept.safetensors", golden("bf16.safetensors"));
    assertArrayEquals(
        Files.readAllBytes(Goldens.file("bf16.safetensors")), Files.readAllBytes(kept));
  }

  @Test
  void severalFilesBecomeOneWithTheirNames() {
    Path zip = convert("set.npz", golden("features-le-f4.npy"), golden("labels-le-i8.npy"));
    try (FeatureFile table = FeatureFile.open(zip.toString())) {
      assertEquals(
          "[features-le-f4 float32 (7, 3), labels-le-i8 int64 (7,)]", table.arrays().toString());
      assertEquals(3, table.classes());
    }
  }

  @Test
  void theZipIsOneForOtherReadersAndTheSameEachTime() throws IOException {
    Path zip = convert("set.npz", golden("features-le-f4.npy"), golden("labels-le-i8.npy"));
    try (ZipFile other = new ZipFile(zip.toFile())) {
      // The JDK checks the checksum as it reads.
      assertArrayEquals(
          Files.readAllBytes(Goldens.file("features-le-f4.npy")),
          other.getInputStream(other.getEntry("features-le-f4.npy")).readAllBytes());
      assertEquals(2, other.size());
    }
    Path again = convert("again.npz", golden("features-le-f4.npy"), golden("labels-le-i8.npy"));
    assertArrayEquals(Files.readAllBytes(zip), Files.readAllBytes(again));
  }

  @Test
  void anExistingFileIsReplacedOnlyWhenAskedTo() throws IOException {
    Path file = Files.writeString(folder.resolve("old.npy"), "old");
    assertTrue(refusal("old.npy", golden("labels-le-i8.npy")).startsWith(file + ": exists"));
    assertEquals("old", Files.readString(file));
    try (ArrayConversion conversion =
        ArrayConversion.open(List.of(golden("labels-le-i8.npy")), file)) {
      conversion.run(true, bytes -> {});
    }
    assertArrayEquals(
        Files.readAllBytes(Goldens.file("labels-le-i8.npy")), Files.readAllBytes(file));
  }

  @Test
  void whatCannotBeWrittenIsRefusedBeforeAnythingIs() throws IOException {
    assertTrue(refusal("a.csv", golden("labels-le-i8.npy")).contains(".safetensors"));
    assertTrue(refusal("a.npy", golden("bf16.safetensors")).contains("FILE#NAME"));
    assertTrue(refusal("a.npz", golden("stored.npz")).contains("names <U3 (3,)"));
    assertTrue(refusal("a.npz", golden("objects.npy")).contains("never unpickled"));
    String labels = golden("labels-le-i8.npy");
    assertTrue(refusal("a.npz", labels, labels).contains("comes twice"));
    Path cubic = folder.resolve("cubic.npy");
    HostileFiles.npy(cubic, "<f4", true, "(2, 2, 2)", 32);
    assertTrue(refusal("a.npz", cubic.toString()).contains("Fortran"));
    Path out = folder.resolve("a.safetensors");
    Path meta = folder.resolve("__metadata__.npy");
    HostileFiles.npy(meta, "<f4", false, "(2,)", 8);
    assertTrue(refusal(out.getFileName().toString(), meta.toString()).contains("__metadata__"));
    try (var files = Files.list(folder)) {
      assertEquals(2, files.count());
    }
  }

  @Test
  void blocksOfColumnsAreGatheredAcrossTheirBorders() throws IOException {
    // 3 blocks of 16 MiB: rows of 64 KiB, 256 to a block.
    Path tall = folder.resolve("tall.npy");
    HostileFiles.npy(tall, "<f8", true, "(600, 8192)", 600L * 8192 * 8);
    try (var out = new java.io.RandomAccessFile(tall.toFile(), "rw")) {
      out.seek(128 + (600L * 8191 + 599) * 8);
      out.write(StoredTensor.of(new double[] {7}, 1).data().array());
    }
    Path plain = convert("plain.npy", tall.toString());
    try (ArrayFile file = ArrayFile.open(plain.toString())) {
      double[] values = file.arrays().get(0).toDoubles();
      assertEquals(7, values[values.length - 1]);
      assertEquals(7, java.util.Arrays.stream(values).sum());
    }
  }
}
