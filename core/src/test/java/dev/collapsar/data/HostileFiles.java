package dev.collapsar.data;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Files made to measure for tests, right and wrong ones. */
final class HostileFiles {
  private HostileFiles() {}

  /** A .npy head of 128 bytes with this dictionary. */
  static byte[] npyHead(String dictionary) {
    ByteBuffer head = ByteBuffer.allocate(128).order(ByteOrder.LITTLE_ENDIAN);
    head.put(NpyHeader.MAGIC).put((byte) 1).put((byte) 0).putShort((short) 118);
    head.put(dictionary.getBytes(StandardCharsets.ISO_8859_1));
    while (head.hasRemaining()) {
      head.put((byte) ' ');
    }
    return head.array();
  }

  /** A .npy file with this shape and as many zeros, which take no room on the disk. */
  static void npy(Path file, String descr, boolean columnMajor, String shape, long bytes)
      throws IOException {
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.write(
          npyHead(
              "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }"
                  .formatted(descr, columnMajor ? "True" : "False", shape)));
      out.setLength(128 + bytes);
    }
  }

  /** A safetensors file of this header and these bytes. */
  static byte[] safeTensors(String json, int dataBytes) {
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }
}
