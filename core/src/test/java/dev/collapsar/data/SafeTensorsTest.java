package dev.collapsar.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SafeTensorsTest {
  @TempDir Path folder;

  @Test
  void whatHuggingFaceWroteIsWrittenWithTheSameBytes() throws IOException {
    Path golden = Goldens.file("every-type.safetensors");
    SafeTensors read = SafeTensors.read(golden);
    Path again = folder.resolve("again.safetensors");
    // Any order of the map gives the same file.
    Map<String, StoredTensor> shuffled = new LinkedHashMap<>();
    read.tensors().keySet().stream()
        .sorted()
        .forEach(name -> shuffled.put(name, read.tensors().get(name)));
    SafeTensors.write(again, shuffled, read.metadata());
    assertArrayEquals(Files.readAllBytes(golden), Files.readAllBytes(again));
  }

  @Test
  void valuesShapesAndMetadataAreThoseThatWereSaved() {
    SafeTensors read = SafeTensors.read(Goldens.file("every-type.safetensors"));
    Map<String, StoredTensor> tensors = read.tensors();
    assertEquals(Map.of("format", "pt"), read.metadata());
    assertEquals(StoredTensor.of(new float[] {0, 1, 2, 3, 4, 5}, 2, 3), tensors.get("b"));
    assertEquals(
        StoredTensor.of(new double[] {1.5, -2.5}, 2), tensors.get("é\"/\\\n\u0001\u001f\u007f"));
    assertArrayEquals(
        new float[] {0.5f, 65504, 0x1p-24f, Float.POSITIVE_INFINITY},
        tensors.get("half").toFloats());
    assertArrayEquals(new long[] {0, 4}, tensors.get("empty").shape());
    assertArrayEquals(new long[0], tensors.get("scalar").shape());
    assertEquals(-5, tensors.get("scalar").data().getLong());
    assertEquals(StoredTensor.of(new int[] {-2}, 1), tensors.get("i4"));
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void aDoubleBecomesTheNearestHalfInOneRounding(ElementType type) {
    double[] all = new double[0x8000];
    ByteBuffer bits = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
    int finite = 0;
    for (int i = 0; i < all.length; i++) {
      double[] value = new double[1];
      type.get(bits.putShort(0, (short) i).clear(), value, 0, 1);
      all[i] = value[0];
      finite += Double.isFinite(value[0]) ? 1 : 0;
    }
    assertEquals(type.largest(), all[finite - 1]);
    for (int i = 0; i < finite; i++) {
      double above = i + 1 < finite ? all[i + 1] : 2 * all[i] - all[i - 1];
      double middle = (all[i] + above) / 2; // exact
      assertEquals(i, rounded(type, all[i]));
      assertEquals(i, rounded(type, Math.nextDown(middle)));
      assertEquals(i + 1, rounded(type, Math.nextUp(middle)));
      assertEquals(i % 2 == 0 ? i : i + 1, rounded(type, middle));
      assertEquals(i | 0x8000, rounded(type, -all[i]));
    }
    assertEquals(finite, rounded(type, Double.POSITIVE_INFINITY));
    assertEquals(finite | 0x8000, rounded(type, -1e300));
    assertTrue(rounded(type, Double.NaN) > finite);
  }

  private static int rounded(ElementType type, double value) {
    return StoredTensor.rounded(type, new double[] {value}).data().getShort(0) & 0xffff;
  }

  @Test
  void aNameAsLongAsTheSystemAllowsIsWritten() {
    for (String letter : List.of("x", "ü", "字")) {
      int bytes = letter.getBytes(StandardCharsets.UTF_8).length;
      Path file = folder.resolve(letter.repeat(255 / bytes));
      Map<String, StoredTensor> tensors = Map.of("a", StoredTensor.of(new float[] {1}, 1));
      SafeTensors.write(file, tensors, Map.of());
      assertEquals(tensors, SafeTensors.read(file).tensors());
    }
  }

  @Test
  void whatStandsInForAFileIsSaidToBeWhatItIs() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Files.writeString(file, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n");
    assertEquals(
        file + ": is a Git LFS pointer in place of the file; fetch it with 'git lfs pull'",
        assertThrows(InvalidInputException.class, () -> SafeTensors.read(file)).getMessage());
    Files.writeString(file, "\ufeff<!doctype html>");
    assertTrue(
        assertThrows(InvalidInputException.class, () -> SafeTensors.read(file))
            .getMessage()
            .contains("is a web page in place of the file"));
  }

  @Test
  void everyHalfIsTheFloatOfItsFormula() {
    ByteBuffer bytes = ByteBuffer.allocate(2);
    for (int bits = 0; bits < 0x10000; bits++) {
      bytes.putShort(0, (short) bits);
      float[] value = new float[1];
      ElementType.F16.get(bytes.clear(), value, 0, 1);
      int exponent = bits >> 10 & 31;
      int mantissa = bits & 1023;
      double expected =
          exponent == 31
              ? mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN
              : exponent == 0
                  ? Math.scalb((double) mantissa, -24)
                  : Math.scalb(1024.0 + mantissa, exponent - 25);
      assertEquals(bits >> 15 == 0 ? expected : -expected, value[0], 0.0);
    }
  }

  @Test
  void everyBfloat16IsTheUpperHalfOfAFloat() {
    ByteBuffer bytes = ByteBuffer.allocate(4).putShort((short) 0x3f80).putShort((short) 0xc049);
    float[] values = new float[2];
    ElementType.BF16.get(bytes.flip(), values, 0, 2);
    assertArrayEquals(new float[] {1, -3.140625f}, values);
  }

  @Test
  void aFileWithoutTensorsIsLegal() {
    Path file = folder.resolve("empty.safetensors");
    SafeTensors.write(file, Map.of(), Map.of());
    assertEquals(new SafeTensors(Map.of(), Map.of()), SafeTensors.read(file));
  }

  @Test
  void aTensorWhoseBytesAreNotThoseOfItsShapeIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> StoredTensor.of(new float[] {1, 2, 3}, 2, 2));
  }

  @Test
  void nothingIsLeftOfAFileThatCouldNotBeWritten() throws IOException {
    Path old = Files.writeString(folder.resolve("old.safetensors"), "old");
    assertThrows(
        IllegalStateException.class,
        () ->
            NewFile.writeChannel(
                old,
                out -> {
                  NewFile.writeFully(out, ByteBuffer.allocate(3));
                  throw new IllegalStateException("the disk is full");
                }));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(old), files.toList());
    }
    assertEquals("old", Files.readString(old));
  }

  @Test
  void aMissingFolderIsNamed() {
    Path file = folder.resolve("none/a.safetensors");
    String message =
        assertThrows(InvalidInputException.class, () -> SafeTensors.write(file, Map.of(), Map.of()))
            .getMessage();
    assertTrue(message.contains(file.toString()), message);
  }
}
