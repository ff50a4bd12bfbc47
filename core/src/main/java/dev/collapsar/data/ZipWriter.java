package dev.collapsar.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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
  private final List<Member> members = new ArrayList<>();
  private long end;

  ZipWriter(FileChannel out) {
    this.out = out;
  }

  /**
   * Makes room for a member whose content of {@code size} bytes follows by its {@link
   * Member#write}: of several members in any order, of each one after the other.
   */
  Member member(String name, long size) throws IOException {
    Member member = new Member(name.getBytes(StandardCharsets.UTF_8), size, end);
    write(member.localHead(), end);
    end = member.contentStart() + size;
    members.add(member);
    return member;
  }

  private void write(ByteBuffer bytes, long at) throws IOException {
    for (long position = at; bytes.hasRemaining(); ) {
      position += out.write(bytes, position);
    }
  }

  /** A part of the zip that is being written. */
  final class Member {
    private final CRC32 crc = new CRC32();
    private final byte[] name;
    private final long size;
    private final long start;
    private long written;

    private Member(byte[] name, long size, long start) {
      this.name = name;
      this.size = size;
      this.start = start;
    }

    private long contentStart() {
      return start + 30 + name.length + 20;
    }

    /** The checksum is not known yet. */
    private ByteBuffer localHead() {
      ByteBuffer local = words(30 + name.length + 20);
      local.putInt(0x04034b50).putShort(ZIP64).putShort(UTF8).putShort((short) 0);
      local.putShort((short) 0).putShort(DATE).putInt(0).putInt(WIDE).putInt(WIDE);
      local.putShort((short) name.length).putShort((short) 20).put(name);
      local.putShort((short) 1).putShort((short) 16).putLong(size).putLong(size);
      return local.flip();
    }

    /**
     * The next bytes of the content.
     *
     * @throws IllegalStateException if that makes more than it has room for
     */
    void write(ByteBuffer content) throws IOException {
      if (written + content.remaining() > size) {
        throw new IllegalStateException(
            "%s bytes behind %s of %s".formatted(content.remaining(), written, size));
      }
      crc.update(content.duplicate());
      int length = content.remaining();
      ZipWriter.this.write(content, contentStart() + written);
      written += length;
    }

    private ByteBuffer centralHead() {
      ByteBuffer central = words(46 + name.length + 28);
      central.putInt(0x02014b50).putShort(ZIP64).putShort(ZIP64).putShort(UTF8);
      central.putShort((short) 0).putShort((short) 0).putShort(DATE);
      central.putInt((int) crc.getValue()).putInt(WIDE).putInt(WIDE);
      central.putShort((short) name.length).putShort((short) 28);
      central.putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(0).putInt(WIDE);
      central.put(name).putShort((short) 1).putShort((short) 24);
      return central.putLong(size).putLong(size).putLong(start).flip();
    }
  }

  /**
   * Writes the checksums, and the directory behind the members.
   *
   * @throws IllegalStateException if a member's content is not whole
   */
  void finish() throws IOException {
    ByteArrayOutputStream directory = new ByteArrayOutputStream();
    for (Member member : members) {
      if (member.written != member.size) {
        throw new IllegalStateException(
            "%s of %s bytes have come".formatted(member.written, member.size));
      }
      write(words(4).putInt((int) member.crc.getValue()).flip(), member.start + 14);
      directory.write(member.centralHead().array());
    }
    ByteBuffer last = words(56 + 20 + 22);
    last.putInt(0x06064b50).putLong(44).putShort(ZIP64).putShort(ZIP64).putInt(0).putInt(0);
    last.putLong(members.size()).putLong(members.size()).putLong(directory.size()).putLong(end);
    last.putInt(0x07064b50).putInt(0).putLong(end + directory.size()).putInt(1);
    last.putInt(0x06054b50).putInt(0).putShort((short) -1).putShort((short) -1);
    last.putInt(WIDE).putInt(WIDE).putShort((short) 0);
    write(ByteBuffer.wrap(directory.toByteArray()), end);
    write(last.flip(), end + directory.size());
  }

  private static ByteBuffer words(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
