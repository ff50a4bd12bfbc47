package dev.collapsar.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The head of a safetensors file: its length (u64, little-endian), then JSON naming each tensor's
 * type, shape and place in the bytes that follow, padded with spaces to a multiple of 8.
 *
 * @param entries in the order of their bytes
 * @param dataStart where in the file the tensors' bytes begin
 */
record SafeTensorsHeader(List<Entry> entries, Map<String, String> metadata, long dataStart) {
  static final String METADATA = "__metadata__";

  /** Hugging Face's order of tensors in a file is descending in this list, then by name. */
  private static final List<String> ORDER =
      List.of(
          "BOOL",
          "F4",
          "F6_E2M3",
          "F6_E3M2",
          "U8",
          "I8",
          "F8_E5M2",
          "F8_E4M3",
          "F8_E8M0",
          "F8_E4M3FNUZ",
          "F8_E5M2FNUZ",
          "I16",
          "U16",
          "F16",
          "BF16",
          "I32",
          "U32",
          "F32",
          "C64",
          "F64",
          "I64",
          "U64");

  private static final Comparator<Entry> BY_TYPE_AND_NAME =
      Comparator.comparing((Entry entry) -> -ORDER.indexOf(entry.typeName()))
          .thenComparing(
              entry -> entry.name().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

  /**
   * One tensor.
   *
   * @param type null if it is none of ours
   * @param typeName as spelled in the file
   * @param begin in bytes from {@link #dataStart}, inclusive; {@code end} exclusive
   */
  record Entry(String name, ElementType type, String typeName, long[] shape, long begin, long end) {
    /** An entry that {@link #place} will give its place. */
    static Entry unplaced(String name, ElementType type, long[] shape) {
      return new Entry(name, type, type.name(), shape, 0, Shapes.bytes(shape, type));
    }
  }

  /** Reads and checks a file's head: whatever passes describes bytes that are there. */
  static SafeTensorsHeader read(FileBytes file) {
    return new SafeTensorsParser(file).read();
  }

  /**
   * The entries one behind the other in Hugging Face's order, whatever their begin and end were.
   */
  static List<Entry> place(List<Entry> entries) {
    List<Entry> placed = new ArrayList<>();
    long at = 0;
    for (Entry entry : entries.stream().sorted(BY_TYPE_AND_NAME).toList()) {
      long end = at + entry.end() - entry.begin();
      placed.add(new Entry(entry.name(), entry.type(), entry.typeName(), entry.shape(), at, end));
      at = end;
    }
    return placed;
  }

  /** The head's bytes, length and padding included. */
  static byte[] format(List<Entry> entries, Map<String, String> metadata) {
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      quote(json, METADATA).append(":{");
      new TreeMap<>(metadata)
          .forEach(
              (key, value) -> {
                quote(json, key).append(':');
                quote(json, value).append(',');
              });
      json.setCharAt(json.length() - 1, '}');
      json.append(',');
    }
    for (Entry entry : entries) {
      quote(json, entry.name()).append(":{\"dtype\":");
      quote(json, entry.typeName()).append(",\"shape\":[");
      json.append(
          Arrays.stream(entry.shape()).mapToObj(Long::toString).collect(Collectors.joining(",")));
      json.append("],\"data_offsets\":[");
      json.append(entry.begin()).append(',').append(entry.end()).append("]},");
    }
    if (json.length() > 1) {
      json.setLength(json.length() - 1);
    }
    json.append('}');
    byte[] text = json.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (text.length + 7) / 8 * 8;
    ByteBuffer head = ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
    head.putLong(padded).put(text);
    while (head.hasRemaining()) {
      head.put((byte) ' ');
    }
    return head.array();
  }

  /** As serde_json escapes, which is shorter than Jackson does; the bytes shall be the same. */
  private static StringBuilder quote(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        case '\b' -> json.append("\\b");
        case '\f' -> json.append("\\f");
        default -> {
          if (c < ' ') {
            json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    return json.append('"');
  }
}
