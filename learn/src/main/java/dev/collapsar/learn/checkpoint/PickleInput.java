package dev.collapsar.learn.checkpoint;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * A stream of known length, little-endian; no length in it is believed beyond what remains, nor
 * beyond what a checkpoint's names can take.
 */
final class PickleInput {
  private static final long MOST_TEXT = 1 << 28;
  private static final int LONGEST_LINE = 4096;

  private final InputStream stream;
  private final long length;
  private long position;
  private long text;

  PickleInput(InputStream stream, long length) {
    this.stream = stream;
    this.length = length;
  }

  /** How many bytes have been read. */
  long position() {
    return position;
  }

  /** The next byte, 0..255. */
  int unsignedByte() throws IOException {
    int next = stream.read();
    if (next < 0) {
      throw new EOFException("it ends in the middle of a pickle");
    }
    position++;
    return next;
  }

  /** The next {@code bytes} (at most 8) as an unsigned integer, which wraps to signed at 8. */
  long littleEndian(int bytes) throws IOException {
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (long) unsignedByte() << (8 * i);
    }
    return value;
  }

  /** The next eight bytes as a double, big-endian as pickle alone has it. */
  double bigEndianDouble() throws IOException {
    return Double.longBitsToDouble(Long.reverseBytes(littleEndian(8)));
  }

  /** The next {@code count} bytes. */
  byte[] bytes(long count) throws IOException {
    if (count < 0 || count > length - position || count > MOST_TEXT - text) {
      throw new IOException(
          "a length of %s where %s bytes remain".formatted(count, Math.max(0, length - position)));
    }
    byte[] read = stream.readNBytes((int) count);
    position += read.length;
    text += read.length;
    if (read.length < count) {
      throw new EOFException("it ends in the middle of a pickle");
    }
    return read;
  }

  String text(long count) throws IOException {
    return new String(bytes(count), StandardCharsets.UTF_8);
  }

  /** The text up to the next line feed, which is consumed. */
  String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = unsignedByte(); next != '\n'; next = unsignedByte()) {
      line.append((char) next);
      if (line.length() > LONGEST_LINE) {
        throw new IOException("a name of more than %s bytes".formatted(LONGEST_LINE));
      }
    }
    return line.toString();
  }
}
