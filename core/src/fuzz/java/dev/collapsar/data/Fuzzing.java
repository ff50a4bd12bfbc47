package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What every fuzz test of a reader does: a value or a refusal in one line, nothing else. */
final class Fuzzing {
  /** Reads a file to its end. */
  interface Reader {
    void read(Path file) throws IOException;
  }

  private static final Path FILE = temporary();

  private Fuzzing() {}

  private static Path temporary() {
    try {
      Path file = Files.createTempFile("fuzz", ".bin");
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static void read(byte[] bytes, Reader reader) throws IOException {
    Files.write(FILE, bytes);
    try {
      reader.read(FILE);
    } catch (InvalidInputException refused) {
      String message = refused.getMessage();
      if (!message.startsWith(FILE + ": ") || message.contains("\n")) {
        throw new AssertionError("not one line that names the file: " + message, refused);
      }
    }
  }
}
