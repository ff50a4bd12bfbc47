package dev.collapsar.data;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;

/** IDX files, plain or gzipped, as images and as labels. */
class IdxImagesFuzz {
  private static final byte[] IMAGES =
      ByteBuffer.allocate(19).putInt(0x803).putInt(3).putInt(1).putInt(1).array();

  @FuzzTest(maxDuration = "1m")
  void images(byte[] bytes) throws IOException {
    Fuzzing.read(bytes, file -> IdxImages.read(file, file));
    Fuzzing.read(
        bytes,
        file ->
            IdxImages.read(
                new ByteArrayInputStream(IMAGES),
                "images.idx",
                new ByteArrayInputStream(Files.readAllBytes(file)),
                file.toString()));
  }
}
