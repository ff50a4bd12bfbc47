package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The content of a deflated zip member. Its head can be had at once; for rows anywhere in it, it is
 * unpacked once into a temporary file, never into memory.
 */
final class Inflated implements AutoCloseable {
  private static final int CHUNK = 1 << 16;

  /** A deflate stream cannot expand further (RFC 1951: 258 bytes from two bits). */
  private static final long MOST_EXPANSION = 1032;

  /** What no array of measured features does, while labels of one class do. */
  private static final long SUSPICIOUS_EXPANSION = 100;

  private static final long SUSPICIOUS_SIZE = 1L << 30;

  private final FileBytes file;
  private final ZipDirectory.Member member;
  private FileBytes unpacked;

  Inflated(FileBytes file, ZipDirectory.Member member) {
    this.file = file;
    this.member = member;
    long expansion = member.size() / Math.max(1, member.compressed());
    if (expansion > MOST_EXPANSION
        || expansion > SUSPICIOUS_EXPANSION && member.size() > SUSPICIOUS_SIZE) {
      throw file.bad(
          "member '%s' promises %d bytes from %d, as zip bombs do; store it unpacked (numpy.savez)",
          member.name(), member.size(), member.compressed());
    }
  }

  /** Takes unpacked bytes and says whether it wants more. */
  private interface Sink {
    boolean accept(byte[] bytes, int count) throws IOException;
  }

  /** The first bytes, {@code count} of them if there are so many. */
  byte[] prefix(int count) {
    byte[] prefix = new byte[count];
    int[] held = {0};
    inflate(
        (bytes, got) -> {
          int taken = Math.min(got, count - held[0]);
          System.arraycopy(bytes, 0, prefix, held[0], taken);
          held[0] += taken;
          return held[0] < count;
        });
    return Arrays.copyOf(prefix, held[0]);
  }

  /** All of it, as a file that vanishes when this is closed. */
  synchronized FileBytes unpacked() {
    if (unpacked == null) {
      unpacked = unpack();
    }
    return unpacked;
  }

  private FileBytes unpack() {
    FileBytes temporary = FileBytes.temporary(file.name() + "#" + member.name());
    try {
      requireSpace();
      fill(temporary);
      return temporary;
    } catch (RuntimeException e) {
      temporary.close();
      throw e;
    }
  }

  private void requireSpace() {
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    try {
      long free = Files.getFileStore(folder).getUsableSpace();
      if (member.size() > free) {
        throw file.bad(
            "member '%s' is deflated and needs %d MB to unpack, %s has %d MB free"
                + " (-Djava.io.tmpdir), or store it unpacked (numpy.savez)",
            member.name(), member.size() >> 20, folder, free >> 20);
      }
    } catch (IOException e) {
      throw InvalidInputException.because(folder + ": cannot be used (-Djava.io.tmpdir)", e);
    }
  }

  private void fill(FileBytes temporary) {
    CRC32 crc = new CRC32();
    long size =
        inflate(
            (bytes, count) -> {
              crc.update(bytes, 0, count);
              temporary.append(ByteBuffer.wrap(bytes, 0, count));
              return true;
            });
    if (size != member.size()) {
      throw file.bad(
          "member '%s' unpacks to %d bytes, its directory promises %d",
          member.name(), size, member.size());
    }
    if ((int) crc.getValue() != member.crc()) {
      throw file.bad("member '%s' is damaged: its checksum differs", member.name());
    }
  }

  /** Unpacks until the end or until the sink has enough; never beyond the promised size. */
  private long inflate(Sink sink) {
    Inflater inflater = new Inflater(true);
    byte[] packed = new byte[CHUNK];
    byte[] out = new byte[CHUNK];
    long at = member.dataStart();
    long end = at + member.compressed();
    long size = 0;
    boolean wanted = true;
    try {
      while (wanted && !inflater.finished()) {
        if (inflater.needsInput()) {
          if (at == end) {
            throw file.bad("member '%s' is cut short", member.name());
          }
          int count = (int) Math.min(CHUNK, end - at);
          file.read(at, ByteBuffer.wrap(packed, 0, count));
          inflater.setInput(packed, 0, count);
          at += count;
        }
        int count = inflater.inflate(out);
        if (inflater.needsDictionary()) {
          throw file.bad("member '%s' is packed with a dictionary", member.name());
        }
        size += count;
        if (size > member.size()) {
          throw file.bad(
              "member '%s' unpacks to more than the %d bytes it promises",
              member.name(), member.size());
        }
        wanted = sink.accept(out, count);
      }
      return size;
    } catch (DataFormatException e) {
      throw file.bad("member '%s' is no deflate stream: %s", member.name(), e.getMessage());
    } catch (IOException e) {
      throw InvalidInputException.because(file.name() + ": cannot be unpacked", e);
    } finally {
      inflater.end();
    }
  }

  @Override
  public void close() {
    if (unpacked != null) {
      unpacked.close();
    }
  }
}
