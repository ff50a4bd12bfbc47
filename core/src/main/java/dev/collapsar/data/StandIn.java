package dev.collapsar.data;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** A stand-in under the name of a file that was never fetched, told by its first bytes. */
final class StandIn {
  /** So many bytes of the start decide. */
  public static final int BYTES = 64;

  private StandIn() {}

  /**
   * What stands in for the file, and what helps, in a few words; empty if nothing does.
   *
   * @param start the file's first {@link #BYTES} bytes, or all if it has fewer
   */
  public static Optional<String> in(byte[] start) {
    String text = new String(start, StandardCharsets.ISO_8859_1).strip().toLowerCase(Locale.ROOT);
    if (text.startsWith("version https://git-lfs.github.com/")) {
      return Optional.of("is a Git LFS pointer in place of the file; fetch it with 'git lfs pull'");
    }
    String afterMark = text.startsWith("\u00ef\u00bb\u00bf") ? text.substring(3) : text;
    if (afterMark.startsWith("<!doctype html") || afterMark.startsWith("<html")) {
      return Optional.of("is a web page in place of the file; its download did not give the file");
    }
    return Optional.empty();
  }
}
