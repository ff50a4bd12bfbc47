package dev.collapsar.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Text as numpy stores it: {@code <U10} is ten code points of four bytes, {@code |S10} ten bytes
 * (UTF-8 here), zeros behind what is shorter.
 */
final class NumpyText {
  private final boolean wide;
  private final ByteOrder order;
  private final int bytes;

  private NumpyText(boolean wide, ByteOrder order, int bytes) {
    this.wide = wide;
    this.order = order;
    this.bytes = bytes;
  }

  /** Empty if the elements are no text, or text of no length. */
  static Optional<NumpyText> of(NpyHeader header) {
    int bytes = header.textBytes();
    boolean wide = header.descr().indexOf('U') >= 0;
    return bytes == 0 ? Optional.empty() : Optional.of(new NumpyText(wide, header.order(), bytes));
  }

  /** The texts that stand there. */
  StoredArray.Words in(Supplier<StoredArray.Place> place) {
    return (first, count, into) -> {
      StoredArray.Place at = place.get();
      int most = Math.max(1, StoredArray.CHUNK / bytes);
      ByteBuffer part = ByteBuffer.allocate(Math.min(most, count) * bytes).order(order);
      for (int i = 0; i < count; i++) {
        if (i % most == 0) {
          part.clear().limit(Math.min(most, count - i) * bytes);
          at.bytes().read(at.start() + (first + i) * bytes, part);
        }
        ByteBuffer element = part.slice(i % most * bytes, bytes).order(order);
        into[i] = wide ? codePoints(element, at.bytes(), first + i) : utf8(element);
      }
    };
  }

  private String codePoints(ByteBuffer element, FileBytes file, long row) {
    StringBuilder text = new StringBuilder();
    while (element.hasRemaining()) {
      int point = element.getInt();
      if (!Character.isValidCodePoint(point)) {
        throw file.bad("element %d holds %d, which is no letter", row, point);
      }
      text.appendCodePoint(point);
    }
    return trimmed(text);
  }

  private static String utf8(ByteBuffer element) {
    return trimmed(new StringBuilder(StandardCharsets.UTF_8.decode(element)));
  }

  private static String trimmed(StringBuilder text) {
    int length = text.length();
    while (length > 0 && text.charAt(length - 1) == 0) {
      length--;
    }
    return text.substring(0, length);
  }
}
