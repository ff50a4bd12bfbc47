package dev.collapsar.learn.fuzz;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** Damage that keeps a format's frame, so that it reaches what lies behind the first check. */
enum Damage {
  /** Of bytes alone. */
  BYTES {
    @Override
    byte[] framed(byte[] file, Random random) {
      return bytes(file, random);
    }
  },
  /** Of words in text: JSON, YAML, headers. */
  TEXT {
    @Override
    byte[] framed(byte[] file, Random random) {
      return text(file, random);
    }
  },
  /** A JSON header behind its length, which stays right. */
  SAFETENSORS {
    @Override
    byte[] framed(byte[] file, Random random) {
      ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
      int length = (int) Math.max(0, Math.min(file.length - 8, in.getLong()));
      byte[] header = text(slice(file, 8, 8 + length), random);
      return ByteBuffer.allocate(8 + header.length + file.length - 8 - length)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putLong(header.length)
          .put(header)
          .put(file, 8 + length, file.length - 8 - length)
          .array();
    }
  },
  /** Likewise, of numpy's header. */
  NPY {
    @Override
    byte[] framed(byte[] file, Random random) {
      int length = Math.min(file.length - 10, Byte.toUnsignedInt(file[8]));
      byte[] header = text(slice(file, 10, 10 + length), random);
      ByteBuffer out = ByteBuffer.allocate(file.length + header.length - length);
      out.put(file, 0, 8).order(ByteOrder.LITTLE_ENDIAN).putShort((short) header.length);
      return out.put(header).put(file, 10 + length, file.length - 10 - length).array();
    }
  },
  /** What is in a zip archive, or the archive. */
  ZIP {
    @Override
    byte[] framed(byte[] file, Random random) throws IOException {
      Map<String, byte[]> entries = new LinkedHashMap<>();
      try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(file))) {
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
          entries.put(entry.getName(), zip.readAllBytes());
        }
      }
      List<String> names = List.copyOf(entries.keySet());
      String chosen = names.get(random.nextInt(names.size()));
      byte[] content = entries.get(chosen);
      boolean array = content.length > 10 && content[0] == (byte) 0x93;
      byte[] damaged = array ? NPY.framed(content, random) : bytes(content, random);
      entries.put(chosen, random.nextInt(8) == 0 ? text(content, random) : damaged);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (ZipOutputStream zip = new ZipOutputStream(out)) {
        zip.setLevel(random.nextInt(2) * 9);
        for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
          ZipEntry header = new ZipEntry(entry.getKey());
          zip.putNextEntry(header);
          zip.write(entry.getValue());
        }
      }
      return out.toByteArray();
    }
  },
  /** What is compressed, or the stream. */
  GZIP {
    @Override
    byte[] framed(byte[] file, Random random) throws IOException {
      byte[] content = new GZIPInputStream(new ByteArrayInputStream(file)).readAllBytes();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
        gzip.write(bytes(content, random));
      }
      return out.toByteArray();
    }
  },
  /** The head of an entry, whose checksum is right. */
  TAR {
    @Override
    byte[] framed(byte[] file, Random random) {
      int block = random.nextInt(file.length / 512) * 512;
      byte[] head = slice(file, block, block + 512);
      int field =
          List.of(0, 100, 124, 136, 156, 157, 257, 345, 386, 482, 483).get(random.nextInt(11));
      switch (random.nextInt(4)) {
        case 0 ->
            head[156] = "01234567LKxgSVMN".getBytes(StandardCharsets.US_ASCII)[random.nextInt(16)];
        case 1 ->
            System.arraycopy("77777777777".getBytes(StandardCharsets.US_ASCII), 0, head, 124, 11);
        case 2 -> head[124] = (byte) (0x80 + random.nextInt(128));
        default -> head[field] = (byte) random.nextInt(256);
      }
      System.arraycopy("        ".getBytes(StandardCharsets.US_ASCII), 0, head, 148, 8);
      int sum = 0;
      for (byte each : head) {
        sum += Byte.toUnsignedInt(each);
      }
      String digits = ("000000" + Integer.toOctalString(sum));
      byte[] checksum = digits.substring(digits.length() - 6).getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(checksum, 0, head, 148, 6);
      head[154] = 0;
      byte[] damaged = file.clone();
      System.arraycopy(head, 0, damaged, block, 512);
      return damaged;
    }
  },
  /** Likewise, in a tar that is compressed. */
  TAR_GZIP {
    @Override
    byte[] framed(byte[] file, Random random) throws IOException {
      byte[] tar = new GZIPInputStream(new ByteArrayInputStream(file)).readAllBytes();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
        gzip.write(TAR.framed(tar, random));
      }
      return out.toByteArray();
    }
  },
  /** A chunk, whose checksum is right. */
  PNG {
    @Override
    byte[] framed(byte[] file, Random random) {
      ByteBuffer in = ByteBuffer.wrap(file.clone());
      int at = 8;
      for (int skip = random.nextInt(4); skip > 0 && next(in, at) < file.length; skip--) {
        at = next(in, at);
      }
      int length = in.getInt(at);
      if (length > 0) {
        int where = at + 8 + random.nextInt(length);
        in.put(where, (byte) random.nextInt(256));
        if (random.nextBoolean()) {
          in.putInt(Math.min(where, at + 4 + length), 1 << random.nextInt(32));
        }
      } else {
        in.put(at + 4 + random.nextInt(4), (byte) random.nextInt(256));
      }
      CRC32 crc = new CRC32();
      crc.update(in.array(), at + 4, Math.max(0, Math.min(length + 4, file.length - at - 4)));
      if (next(in, at) <= file.length) {
        in.putInt(next(in, at) - 4, (int) crc.getValue());
      }
      return in.array();
    }

    private static int next(ByteBuffer in, int at) {
      return at + 12 > in.capacity()
          ? in.capacity()
          : (int) Math.min(in.capacity(), at + 12L + Math.max(0, in.getInt(at)));
    }
  };

  private static final int MOST_WORDS = 4_000;
  private static final Pattern WORD =
      Pattern.compile(
          "-?\\d+(\\.\\d+)?|\"[^\"]*\"|'[^']*'|[A-Za-z_]+|[\\[{(][^\\[{(\\]})]*[\\]})]");
  private static final List<String> TELLING =
      List.of(
          "-1",
          "0",
          "1",
          "65536",
          "2147483647",
          "2147483648",
          "4294967296",
          "9223372036854775807",
          "9223372036854775808",
          "-9223372036854775808",
          "1e999",
          "1e-999",
          "NaN",
          "Infinity",
          "null",
          "true",
          "[]",
          "{}",
          "()",
          "\"\"",
          "''",
          "\"\\u001b[2J\"",
          "\"../../x\"",
          "\"" + "x".repeat(70_000) + "\"",
          "[".repeat(20_000),
          "{\"a\":".repeat(5_000),
          "(".repeat(5_000),
          "&a [*a,*a,*a]",
          "(a+)+$",
          "(?=(a|aa)+$)b",
          "!!java.net.URL [x]");
  private static final long[] NUMBERS = {
    -1,
    0,
    1,
    127,
    128,
    255,
    65_535,
    65_536,
    Integer.MAX_VALUE,
    1L << 31,
    1L << 32,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    1L << 40,
    120_000_000
  };

  abstract byte[] framed(byte[] file, Random random) throws IOException;

  /** The file, damaged once or some times. */
  byte[] of(byte[] file, Random random) {
    byte[] damaged = file;
    try {
      for (int times = 1 + random.nextInt(3); times > 0; times--) {
        damaged = random.nextInt(4) == 0 ? bytes(damaged, random) : framed(damaged, random);
      }
    } catch (IOException | RuntimeException e) {
      return bytes(damaged, random); // the frame is broken already
    }
    return damaged;
  }

  static byte[] bytes(byte[] file, Random random) {
    if (file.length < 2) {
      return new byte[] {(byte) random.nextInt(256)};
    }
    int reach = random.nextBoolean() ? file.length : Math.min(file.length, 200);
    int at = random.nextBoolean() ? random.nextInt(reach) : file.length - 1 - random.nextInt(reach);
    byte[] damaged = file.clone();
    switch (random.nextInt(6)) {
      case 0 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> damaged[at] = (byte) random.nextInt(256);
      case 2 -> {
        int width = 1 << random.nextInt(4);
        long number = NUMBERS[random.nextInt(NUMBERS.length)];
        boolean little = random.nextBoolean();
        for (int i = 0; i < width && at + i < file.length; i++) {
          damaged[at + i] = (byte) (number >>> 8 * (little ? i : width - 1 - i));
        }
      }
      case 3 -> damaged = slice(file, 0, at);
      case 4 ->
          damaged =
              joined(slice(file, 0, at), slice(file, at + 1 + random.nextInt(20), file.length));
      default -> {
        int end = Math.min(file.length, at + 1 + random.nextInt(40));
        damaged = joined(slice(file, 0, end), slice(file, at, file.length));
      }
    }
    return damaged;
  }

  static byte[] text(byte[] file, Random random) {
    String text = new String(file, StandardCharsets.UTF_8);
    Matcher words = WORD.matcher(text);
    int[] places = new int[2 * MOST_WORDS];
    int count = 0;
    while (count < MOST_WORDS && words.find()) {
      places[2 * count] = words.start();
      places[2 * count + 1] = words.end();
      count++;
    }
    if (count == 0) {
      return bytes(file, random);
    }
    int chosen = random.nextInt(count);
    int start = places[2 * chosen];
    int end = places[2 * chosen + 1];
    String telling = TELLING.get(random.nextInt(TELLING.size()));
    String damaged =
        switch (random.nextInt(4)) {
          case 0 -> text.substring(0, start) + text.substring(end);
          case 1 -> text.substring(0, end) + "," + text.substring(start);
          default -> text.substring(0, start) + telling + text.substring(end);
        };
    return damaged.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] slice(byte[] file, int from, int to) {
    int begin = Math.max(0, Math.min(from, file.length));
    return java.util.Arrays.copyOfRange(file, begin, Math.max(begin, Math.min(to, file.length)));
  }

  private static byte[] joined(byte[] first, byte[] second) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      out.write(first);
      out.write(second);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
