package dev.collapsar.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
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
  /** Ours, a third of what Hugging Face allows and some hundred times what is in use. */
  static final int LONGEST = 32 << 20;

  static final String METADATA = "__metadata__";
  private static final int MOST_DIMENSIONS = 64;

  /** Hugging Face's order of tensors in a file is descending in this list, then by name. */
  private static final List<ElementType> ORDER =
      List.of(
          ElementType.BOOL,
          ElementType.U8,
          ElementType.I8,
          ElementType.I16,
          ElementType.U16,
          ElementType.F16,
          ElementType.BF16,
          ElementType.I32,
          ElementType.U32,
          ElementType.F32,
          ElementType.F64,
          ElementType.I64,
          ElementType.U64);

  private static final Comparator<Entry> BY_TYPE_AND_NAME =
      Comparator.comparing((Entry entry) -> -ORDER.indexOf(entry.type()))
          .thenComparing(
              entry -> entry.name().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(16).maxNumberLength(20).build())
          .build();

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
    if (file.length() < Long.BYTES) {
      throw file.bad("is no safetensors file: %d bytes, 8 hold the header's length", file.length());
    }
    long length =
        ByteBuffer.wrap(file.read(0, Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    long dataStart = Long.BYTES + length;
    if (length < 2 || length > LONGEST || dataStart > file.length()) {
      throw file.bad(
          "is no safetensors file, or cut short: its header claims %s bytes, the file holds %d and"
              + " a header at most %d",
          Long.toUnsignedString(length), file.length(), LONGEST);
    }
    List<Entry> entries = new ArrayList<>();
    Map<String, String> metadata = new TreeMap<>();
    try (JsonParser json = JSON.createParser(utf8(file, file.read(Long.BYTES, (int) length)))) {
      readTensors(file, json, entries, metadata);
    } catch (JsonProcessingException e) {
      throw file.bad("its safetensors header is not valid: %s", e.getOriginalMessage());
    } catch (IOException e) {
      throw new IllegalStateException("a string in memory cannot fail to be read", e);
    }
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    requireGapless(file, entries, file.length() - dataStart);
    return new SafeTensorsHeader(List.copyOf(entries), metadata, dataStart);
  }

  private static String utf8(FileBytes file, byte[] bytes) {
    if (bytes[0] != '{') {
      throw file.bad("is no safetensors file: its header does not start with '{'");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw file.bad("its safetensors header is not UTF-8");
    }
  }

  private static void readTensors(
      FileBytes file, JsonParser json, List<Entry> entries, Map<String, String> metadata)
      throws IOException {
    expect(file, json.nextToken(), JsonToken.START_OBJECT, "the header");
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      if (name.equals(METADATA)) {
        expect(file, json.nextToken(), JsonToken.START_OBJECT, METADATA);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String key = json.currentName();
          expect(file, json.nextToken(), JsonToken.VALUE_STRING, METADATA + " " + key);
          metadata.put(key, json.getText());
        }
      } else {
        expect(file, json.nextToken(), JsonToken.START_OBJECT, name);
        entries.add(readTensor(file, json, name));
      }
    }
    if (json.nextToken() != null) {
      throw file.bad("its safetensors header goes on after its last brace");
    }
  }

  private static Entry readTensor(FileBytes file, JsonParser json, String name) throws IOException {
    String typeName = null;
    long[] shape = null;
    long[] offsets = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      switch (key) {
        case "dtype" -> {
          expect(file, value, JsonToken.VALUE_STRING, name + " dtype");
          typeName = json.getText();
        }
        case "shape" -> shape = readLengths(file, json, name + " shape");
        case "data_offsets" -> offsets = readLengths(file, json, name + " data_offsets");
        default -> json.skipChildren();
      }
    }
    if (typeName == null || shape == null || offsets == null || offsets.length != 2) {
      throw file.bad("tensor '%s' must have a dtype, a shape and two data_offsets", name);
    }
    ElementType type = type(typeName);
    requireFit(file, name, type, shape, offsets);
    return new Entry(name, type, typeName, shape, offsets[0], offsets[1]);
  }

  private static void requireFit(
      FileBytes file, String name, ElementType type, long[] shape, long[] offsets) {
    try {
      long held = Math.subtractExact(offsets[1], offsets[0]);
      long needed = type == null ? held : Shapes.bytes(shape, type);
      if (held < 0 || held != needed) {
        throw file.bad(
            "tensor '%s' of shape %s needs %d bytes, its data_offsets [%d, %d] hold %d",
            name, Shapes.text(shape), needed, offsets[0], offsets[1], held);
      }
    } catch (ArithmeticException e) {
      throw file.bad("tensor '%s' of shape %s is larger than any file", name, Shapes.text(shape));
    }
  }

  private static long[] readLengths(FileBytes file, JsonParser json, String what)
      throws IOException {
    expect(file, json.currentToken(), JsonToken.START_ARRAY, what);
    long[] lengths = new long[MOST_DIMENSIONS];
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      expect(file, json.currentToken(), JsonToken.VALUE_NUMBER_INT, what);
      if (count == MOST_DIMENSIONS || json.getLongValue() < 0) {
        throw file.bad("%s: at most %d lengths, none negative", what, MOST_DIMENSIONS);
      }
      lengths[count++] = json.getLongValue();
    }
    return Arrays.copyOf(lengths, count);
  }

  private static void expect(FileBytes file, JsonToken found, JsonToken wanted, String what) {
    if (found != wanted) {
      throw file.bad("its safetensors header has %s for %s, not %s", found, what, wanted);
    }
  }

  private static ElementType type(String typeName) {
    for (ElementType type : ElementType.values()) {
      if (type.name().equals(typeName)) {
        return type;
      }
    }
    return null;
  }

  /** Every byte belongs to one tensor: no overlaps, no hidden bytes, nothing beyond the end. */
  private static void requireGapless(FileBytes file, List<Entry> entries, long dataLength) {
    long at = 0;
    for (Entry entry : entries) {
      if (entry.begin() != at) {
        throw file.bad(
            "tensor '%s' starts at byte %d of the data, %s byte %d",
            entry.name(),
            entry.begin(),
            entry.begin() < at
                ? "overlapping the one before, which ends at"
                : "leaving a hole from",
            at);
      }
      at = entry.end();
    }
    if (at != dataLength) {
      throw file.bad("its tensors end at byte %d of the data, the file at %d", at, dataLength);
    }
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
            json.append("\\u%04x".formatted((int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    return json.append('"');
  }
}
