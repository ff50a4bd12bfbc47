package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import dev.collapsar.features.FeatureFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Valid files with random damage give values or {@link InvalidInputException}, nothing else. */
class MutatedFilesTest {
  private static final byte[][] TELLING = {
    {-1}, {0}, {'('}, {')'}, {'{'}, {'9', '9', '9'}, {-1, -1, -1, -1}, {0, 0, 0, -128}, {'"'}, {'['}
  };

  private static Path file;

  @BeforeContainer
  static void makeFile() throws IOException {
    file = Files.createTempFile("mutated", ".bin");
  }

  @AfterContainer
  static void deleteFile() throws IOException {
    Files.delete(file);
  }

  @Provide
  Arbitrary<String> valid() {
    return Arbitraries.of(
        "features-le-f4.npy",
        "features-v2.npy",
        "features-fortran-be-f8.npy",
        "objects.npy",
        "structured.npy",
        "stored.npz",
        "deflated.npz",
        "features.safetensors",
        "every-type.safetensors");
  }

  @Property(tries = 2000)
  void damageIsAValueOrARefusal(@ForAll("valid") String name, @ForAll long seed)
      throws IOException {
    Random random = new Random(seed);
    byte[] bytes = Files.readAllBytes(Goldens.file(name));
    for (int i = 0; i <= random.nextInt(4); i++) {
      bytes = damaged(bytes, random);
    }
    Files.write(file, bytes);
    try {
      HostileFilesTest.exhaust(file);
      FeatureFile.open(file.toString()).close();
    } catch (InvalidInputException refused) {
      assertOneLine(refused);
    }
    try {
      SafeTensors.read(file);
    } catch (InvalidInputException refused) {
      assertOneLine(refused);
    }
  }

  private static void assertOneLine(InvalidInputException refused) {
    String message = refused.getMessage();
    if (!message.startsWith(file + ": ") || message.contains("\n")) {
      throw new AssertionError("not one line that names the file: " + message);
    }
  }

  /** A byte flipped, a telling value written, a piece cut out, doubled, or a number changed. */
  private static byte[] damaged(byte[] bytes, Random random) {
    if (bytes.length < 16) {
      return bytes;
    }
    // Heads and tails hold the structure.
    int reach = random.nextBoolean() ? bytes.length : Math.min(bytes.length, 160);
    int at =
        random.nextBoolean() ? random.nextInt(reach) : bytes.length - 1 - random.nextInt(reach);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    switch (random.nextInt(5)) {
      case 0 -> {
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        return bytes;
      }
      case 1 -> {
        byte[] telling = TELLING[random.nextInt(TELLING.length)];
        int fits = Math.min(telling.length, bytes.length - at);
        System.arraycopy(telling, 0, bytes, at, fits);
        return bytes;
      }
      case 2 -> {
        int end = Math.min(bytes.length, at + 1 + random.nextInt(20));
        out.write(bytes, 0, at);
        out.write(bytes, end, bytes.length - end);
      }
      case 3 -> {
        int end = Math.min(bytes.length, at + 1 + random.nextInt(20));
        out.write(bytes, 0, end);
        out.write(bytes, at, bytes.length - at);
      }
      default -> {
        ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int where = Math.min(at, bytes.length - 4);
        words.putInt(where, words.getInt(where) + random.nextInt(65) - 32);
        return bytes;
      }
    }
    return out.toByteArray();
  }
}
