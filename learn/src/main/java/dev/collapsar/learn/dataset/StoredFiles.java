package dev.collapsar.learn.dataset;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Files below one place, by their paths in it; read by several threads at once. */
interface StoredFiles extends AutoCloseable {
  /**
   * What an image file may hold at most, so that a hostile one does not fill the memory before it
   * is looked at.
   */
  long LARGEST_FILE = 256 << 20;

  /** Endings of the files that are read as images. */
  Set<String> ENDINGS = Set.of("jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp");

  /** Whether a file of this path is read as an image; hidden ones are not. */
  static boolean isImage(String path) {
    return !isHidden(path) && ENDINGS.contains(ending(path));
  }

  /** Whether a file of this path is somebody's book-keeping. */
  static boolean isHidden(String path) {
    return path.startsWith(".", path.lastIndexOf('/') + 1);
  }

  /** Behind the last dot of a path's file name, in small letters; empty if there is none. */
  static String ending(String path) {
    int dot = path.lastIndexOf('.');
    return dot > path.lastIndexOf('/') ? path.substring(dot + 1).toLowerCase(Locale.ROOT) : "";
  }

  /** Every file's path, its parts separated by slashes, in the order of their characters. */
  List<String> files();

  /** Every folder's path that is known; a tar need not mention them. */
  List<String> folders();

  /**
   * The content of file {@code i} of {@link #files}.
   *
   * @throws IOException if it cannot be read, or is larger than {@link #LARGEST_FILE}
   */
  byte[] read(int i) throws IOException;

  /**
   * Its first bytes, as many as there are of {@code most}.
   *
   * @throws IOException if it cannot be read
   */
  byte[] head(int i, int most) throws IOException;

  @Override
  void close();

  /** Refuses what no image file needs. */
  static void requireSensible(long size) throws IOException {
    if (size > LARGEST_FILE) {
      throw new IOException(
          "is %s MB long, an image file has at most %s MB"
              .formatted(size >> 20, LARGEST_FILE >> 20));
    }
  }
}
