package dev.collapsar.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * Writes stored members of any size, as numpy.savez does: sizes in zip64 fields of the local
 * headers, the date of every member 1 January 1980, so that the same arrays give the same bytes.
 */
final class ZipWriter {
  private static final short ZIP64 = 45; // version needed to extract
  private static final short UTF8 = 1 << 11;
  private static final short DATE = 0x0021;
  private static final int WIDE = 0xffffffff;

  private final FileChannel out;
  private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
  private final CRC32 crc = new CRC32();
  private long members;
  private long start;
  private long size;
  private byte[] name;

  ZipWriter(FileChannel out) {
    this.out = out;
  }

  /** Begins a member whose content of {@code size} bytes follows by {@link #write}. */
  void begin(String member, long size) throws IOException {
    this.name = member.getBytes(StandardCharsets.UTF_8);
    this.size = size;
    this.start = out.position();
    crc.reset();
    ByteBuffer local = words(30 + name.length + 20);
    local.putInt(0x04034b50).putShort(ZIP64).putShort(UTF8).putShort((short) 0);
    local.putShort((short) 0).putShort(DATE).putInt(0).putInt(WIDE).putInt(WIDE);
    local.putShort((short) name.length).putShort((short) 20).put(name);
    local.putShort((short) 1).putShort((short) 16).putLong(size).putLong(size);
    NewFile.writeFully(out, local.flip());
  }

  void write(ByteBuffer content) throws IOException {
    crc.update(content.duplicate());
    NewFile.writeFully(out, content);
  }

  /** Ends the member, whose checksum is known only now. */
  void end() throws IOException {
    ByteBuffer checksum = words(4).putInt((int) crc.getValue()).flip();
    out.write(checksum, start + 14);
    ByteBuffer central = words(46 + name.length + 28);
    central.putInt(0x02014b50).putShort(ZIP64).putShort(ZIP64).putShort(UTF8).putShort((short) 0);
    central.putShort((short) 0).putShort(DATE).putInt((int) crc.getValue());
    central.putInt(WIDE).putInt(WIDE).putShort((short) name.length).putShort((short) 28);
    central.putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(0).putInt(WIDE);
    central.put(name).putShort((short) 1).putShort((short) 24);
    central.putLong(size).putLong(size).putLong(start);
    directory.write(central.array());
    members++;
  }

  /** Writes the directory behind the members. */
  void finish() throws IOException {
    long at = out.position();
    ByteBuffer end = words(56 + 20 + 22);
    end.putInt(0x06064b50).putLong(44).putShort(ZIP64).putShort(ZIP64).putInt(0).putInt(0);
    end.putLong(members).putLong(members).putLong(directory.size()).putLong(at);
    end.putInt(0x07064b50).putInt(0).putLong(at + directory.size()).putInt(1);
    end.putInt(0x06054b50).putInt(0).putShort((short) -1).putShort((short) -1);
    end.putInt(WIDE).putInt(WIDE).putShort((short) 0);
    NewFile.writeFully(out, ByteBuffer.wrap(directory.toByteArray()));
    NewFile.writeFully(out, end.flip());
  }

  private static ByteBuffer words(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
