package dev.collapsar.spark;

import java.nio.charset.StandardCharsets;

/**
 * Rows cannot be used. A task does not fail over them, since Spark would try it again: it says so
 * in its result, and the driver looks closer.
 */
final class Complaint extends Exception {
  private static final long serialVersionUID = 1L;

  private final String file;

  /**
   * @param file the file that was read, empty where the rows come from none
   */
  Complaint(String file, String message) {
    super(message);
    this.file = file;
  }

  String file() {
    return file;
  }

  byte[] toBytes() {
    return (file + '\n' + getMessage()).getBytes(StandardCharsets.UTF_8);
  }

  static Complaint fromBytes(byte[] bytes) {
    String[] parts = new String(bytes, StandardCharsets.UTF_8).split("\n", 2);
    return new Complaint(parts[0], parts[1]);
  }
}
