package dev.collapsar.learn.picture;

import dev.collapsar.data.InputFile;
import java.nio.charset.StandardCharsets;

/** What lies under an image's name and is none that is read, told by its first bytes. */
final class OtherKinds {
  private static final int START = 256;
  private static final String READ = "; read are JPEG, PNG, WebP and BMP";

  private OtherKinds() {}

  /** What is wrong with such a file, in a few words. */
  static String in(byte[] file) {
    if (file.length == 0) {
      return "is empty";
    }
    String kind = kind(file);
    return InputFile.standIn(file)
        .orElse(kind.isEmpty() ? "is no JPEG, PNG, WebP or BMP" : "is " + kind + READ);
  }

  private static String kind(byte[] file) {
    String start = new String(file, 0, Math.min(file.length, START), StandardCharsets.ISO_8859_1);
    if (start.startsWith("ftyp", 4) && start.length() >= 12) {
      String brand = start.substring(8, 12);
      return brand.startsWith("avi")
          ? "an AVIF"
          : brand.matches("he[iv][cxmsf]|mif1|msf1") ? "a HEIF (HEIC)" : "a film or the like";
    }
    if (start.startsWith("GIF8")) {
      return "a GIF";
    }
    if (start.startsWith("II*\0") || start.startsWith("MM\0*")) {
      return "a TIFF or a camera's raw file";
    }
    if (start.strip().startsWith("<svg") || start.strip().startsWith("<?xml")) {
      return "SVG or other XML";
    }
    if (start.startsWith("\u001f\u008b")
        || start.startsWith("\u00fd7zXZ")
        || start.startsWith("BZh")) {
      return "compressed (an archive is unpacked to a folder or a .tar first)";
    }
    if (start.startsWith("%PDF")) {
      return "a PDF";
    }
    if (start.startsWith("\0\5\u0016\7")) {
      return "macOS' book-keeping (AppleDouble)";
    }
    if (start.startsWith("\u00ff\n") || start.startsWith("JXL ", 4)) {
      return "a JPEG XL";
    }
    return start.startsWith("jP  ", 4) || start.startsWith("\u00ff\u004f\u00ff\u0051")
        ? "a JPEG 2000"
        : "";
  }
}
