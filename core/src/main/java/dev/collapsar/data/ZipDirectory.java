package dev.collapsar.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The members of a zip file, zip64 included, and where their bytes are: what the JDK's own reader
 * does not tell and a reader of stored arrays needs. Whatever passes lies within the file, under
 * one name each, without overlaps.
 */
final class ZipDirectory {
  static final int STORED = 0;
  static final int DEFLATED = 8;

  private static final int LOCAL = 0x04034b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int END64 = 0x06064b50;
  private static final int LOCATOR64 = 0x07064b50;
  private static final int LONGEST = 16 << 20;
  private static final int IN_EXTRA = -1; // 0xffffffff: the number stands in the zip64 extra field

  /**
   * One member.
   *
   * @param dataStart where in the file its bytes begin, {@code compressed} of them, which stand for
   *     {@code size}
   */
  record Member(String name, int method, int crc, long compressed, long size, long dataStart) {}

  private record Place(long offset, long size) {}

  private ZipDirectory() {}

  static List<Member> read(FileBytes file) {
    Place place = find(file);
    ByteBuffer directory =
        ByteBuffer.wrap(file.read(place.offset, (int) place.size)).order(ByteOrder.LITTLE_ENDIAN);
    List<Member> members = new ArrayList<>();
    Set<String> names = new HashSet<>();
    while (directory.hasRemaining()) {
      Member member = readMember(file, directory, place.offset);
      if (!names.add(member.name)) {
        throw file.bad("its zip directory names '%s' twice", member.name);
      }
      if (!member.name.endsWith("/")) {
        members.add(member);
      }
    }
    requireApart(file, members);
    return members;
  }

  /** The central directory by the record at the end of the file, which a comment may follow. */
  private static Place find(FileBytes file) {
    int tail = (int) Math.min(file.length(), 22 + 0xffff);
    long tailStart = file.length() - tail;
    ByteBuffer bytes = ByteBuffer.wrap(file.read(tailStart, tail)).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = tail - 22; at >= 0; at--) {
      if (bytes.getInt(at) == END && at + 22 + unsigned(bytes.getShort(at + 20)) == tail) {
        long end = tailStart + at;
        boolean wide =
            bytes.getInt(at + 16) == IN_EXTRA
                || bytes.getInt(at + 12) == IN_EXTRA
                || bytes.getShort(at + 10) == -1;
        Place place =
            wide
                ? find64(file, end)
                : new Place(unsigned(bytes.getInt(at + 16)), unsigned(bytes.getInt(at + 12)));
        if (place.offset < 0
            || place.size < 0
            || place.size > LONGEST
            || place.offset > end - place.size) {
          throw file.bad(
              "its zip directory of %d bytes at %d does not fit in the file, or has more than %d",
              place.size, place.offset, LONGEST);
        }
        return place;
      }
    }
    throw file.bad("is no zip file, or cut short: it has no directory at its end");
  }

  private static Place find64(FileBytes file, long end) {
    ByteBuffer locator = words(file, end - 20, 20);
    long at = locator.getLong(8);
    if (locator.getInt(0) != LOCATOR64 || at < 0 || at > end - 20 - 56) {
      throw file.bad("its zip64 directory cannot be found");
    }
    ByteBuffer end64 = words(file, at, 56);
    if (end64.getInt(0) != END64) {
      throw file.bad("its zip64 directory cannot be found");
    }
    return new Place(end64.getLong(48), end64.getLong(40));
  }

  private static ByteBuffer words(FileBytes file, long at, int count) {
    if (at < 0 || at > file.length() - count) {
      throw file.bad("its zip structure points outside the file, to byte %d", at);
    }
    return ByteBuffer.wrap(file.read(at, count)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int method(FileBytes file, String name, short flags, short packing) {
    int method = unsigned(packing);
    if ((flags & 1) != 0) {
      throw file.bad("member '%s' is encrypted", name);
    }
    if (method != STORED && method != DEFLATED) {
      throw file.bad(
          "member '%s' is packed by method %d; 0 (stored) and 8 (deflated) are read", name, method);
    }
    return method;
  }

  private static Member readMember(FileBytes file, ByteBuffer directory, long directoryStart) {
    int at = directory.position();
    if (directory.remaining() < 46 || directory.getInt(at) != CENTRAL) {
      throw file.bad("its zip directory is broken after byte %d", directoryStart + at);
    }
    int nameLength = unsigned(directory.getShort(at + 28));
    int extraLength = unsigned(directory.getShort(at + 30));
    int commentLength = unsigned(directory.getShort(at + 32));
    int length = 46 + nameLength + extraLength + commentLength;
    if (length > directory.remaining()) {
      throw file.bad("its zip directory is broken after byte %d", directoryStart + at);
    }
    byte[] nameBytes = new byte[nameLength];
    directory.get(at + 46, nameBytes);
    String name = new String(nameBytes, StandardCharsets.UTF_8);
    if (!isHarmless(name)) {
      throw file.bad("member '%s' points outside the file; nothing of it is read", name);
    }
    int method = method(file, name, directory.getShort(at + 8), directory.getShort(at + 10));
    ByteBuffer extra =
        directory.slice(at + 46 + nameLength, extraLength).order(ByteOrder.LITTLE_ENDIAN);
    Wide wide = new Wide(file, name, extra);
    long size = wide.or(directory.getInt(at + 24));
    long compressed = wide.or(directory.getInt(at + 20));
    long offset = wide.or(directory.getInt(at + 42));
    int crc = directory.getInt(at + 16);
    directory.position(at + length);
    long dataStart = dataStart(file, name, nameBytes, offset);
    if (size < 0
        || compressed < 0
        || compressed > directoryStart - dataStart
        || method == STORED && size != compressed) {
      throw file.bad(
          "member '%s' claims %d bytes, packed %d, from byte %d on, which cannot be",
          name, size, compressed, dataStart);
    }
    return new Member(name, method, crc, compressed, size, dataStart);
  }

  /** The sizes of members beyond 4 GiB, in the order of those that are marked so. */
  private static final class Wide {
    private static final int ID = 1;
    private final FileBytes file;
    private final String name;
    private final ByteBuffer values;

    Wide(FileBytes file, String name, ByteBuffer extra) {
      this.file = file;
      this.name = name;
      ByteBuffer found = extra.slice(0, 0);
      while (extra.remaining() >= 4) {
        int id = unsigned(extra.getShort());
        int length = Math.min(unsigned(extra.getShort()), extra.remaining());
        if (id == ID) {
          found = extra.slice(extra.position(), length);
        }
        extra.position(extra.position() + length);
      }
      this.values = found.order(ByteOrder.LITTLE_ENDIAN);
    }

    long or(int narrow) {
      if (narrow != IN_EXTRA) {
        return unsigned(narrow);
      }
      if (values.remaining() < Long.BYTES) {
        throw file.bad("member '%s' lacks its zip64 sizes", name);
      }
      return values.getLong();
    }
  }

  /** Behind the member's local header, whose name must be that of the directory. */
  private static long dataStart(FileBytes file, String name, byte[] nameBytes, long offset) {
    ByteBuffer local = words(file, offset, 30);
    int nameLength = unsigned(local.getShort(26));
    if (local.getInt(0) != LOCAL
        || nameLength != nameBytes.length
        || !words(file, offset + 30, nameLength).equals(ByteBuffer.wrap(nameBytes))) {
      throw file.bad("member '%s' is not where the zip directory says, at byte %d", name, offset);
    }
    return offset + 30 + nameLength + unsigned(local.getShort(28));
  }

  /** Whether the name stays within any folder that it might be unpacked into. */
  static boolean isHarmless(String name) {
    return !name.startsWith("/")
        && !name.contains("\\")
        && !name.contains(":")
        && !List.of(name.split("/")).contains("..");
  }

  /** Members that share bytes are a bomb's way to many sizes from few bytes. */
  private static void requireApart(FileBytes file, List<Member> members) {
    long end = 0;
    for (Member member :
        members.stream().sorted(Comparator.comparingLong(Member::dataStart)).toList()) {
      if (member.dataStart < end) {
        throw file.bad("member '%s' overlaps the one before it", member.name);
      }
      end = member.dataStart + member.compressed;
    }
  }

  private static int unsigned(short value) {
    return Short.toUnsignedInt(value);
  }

  private static long unsigned(int value) {
    return Integer.toUnsignedLong(value);
  }
}
