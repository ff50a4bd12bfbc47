package dev.collapsar.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.collapsar.data.SafeTensorsHeader.Entry;
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

/** Reads the head of a safetensors file that anyone may have written. */
final class SafeTensorsParser {
  /** Ours, a third of what Hugging Face allows and some hundred times what is in use. */
  private static final int LONGEST = 32 << 20;

  private static final int MOST_DIMENSIONS = 64;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(16).maxNumberLength(20).build())
          .build();

  private final FileBytes file;

  SafeTensorsParser(FileBytes file) {
    this.file = file;
  }

  SafeTensorsHeader read() {
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
    try (JsonParser json = JSON.createParser(utf8(file.read(Long.BYTES, (int) length)))) {
      readTensors(json, entries, metadata);
    } catch (JsonProcessingException e) {
      throw file.bad("its safetensors header is not valid: %s", e.getOriginalMessage());
    } catch (IOException e) {
      throw new IllegalStateException("a string in memory cannot fail to be read", e);
    }
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    requireGapless(entries, file.length() - dataStart);
    return new SafeTensorsHeader(List.copyOf(entries), metadata, dataStart);
  }

  private String utf8(byte[] bytes) {
    if (bytes[0] != '{') {
      throw file.bad("is no safetensors file: its header does not start with '{'");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw file.bad("its safetensors header is not UTF-8");
    }
  }

  private void readTensors(JsonParser json, List<Entry> entries, Map<String, String> metadata)
      throws IOException {
    expect(json.nextToken(), JsonToken.START_OBJECT, "the header");
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      if (name.equals(SafeTensorsHeader.METADATA)) {
        expect(json.nextToken(), JsonToken.START_OBJECT, SafeTensorsHeader.METADATA);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String key = json.currentName();
          expect(json.nextToken(), JsonToken.VALUE_STRING, SafeTensorsHeader.METADATA + " " + key);
          metadata.put(key, json.getText());
        }
      } else {
        expect(json.nextToken(), JsonToken.START_OBJECT, name);
        entries.add(readTensor(json, name));
      }
    }
    if (json.nextToken() != null) {
      throw file.bad("its safetensors header goes on after its last brace");
    }
  }

  private Entry readTensor(JsonParser json, String name) throws IOException {
    String typeName = null;
    long[] shape = null;
    long[] offsets = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      switch (key) {
        case "dtype" -> {
          expect(value, JsonToken.VALUE_STRING, name + " dtype");
          typeName = json.getText();
        }
        case "shape" -> shape = readLengths(json, name + " shape");
        case "data_offsets" -> offsets = readLengths(json, name + " data_offsets");
        default -> json.skipChildren();
      }
    }
    if (typeName == null || shape == null || offsets == null || offsets.length != 2) {
      throw file.bad("tensor '%s' must have a dtype, a shape and two data_offsets", name);
    }
    ElementType type = type(typeName);
    requireFit(name, type, shape, offsets);
    return new Entry(name, type, typeName, shape, offsets[0], offsets[1]);
  }

  private void requireFit(String name, ElementType type, long[] shape, long[] offsets) {
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

  private long[] readLengths(JsonParser json, String what) throws IOException {
    expect(json.currentToken(), JsonToken.START_ARRAY, what);
    long[] lengths = new long[MOST_DIMENSIONS];
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      expect(json.currentToken(), JsonToken.VALUE_NUMBER_INT, what);
      if (count == MOST_DIMENSIONS || json.getLongValue() < 0) {
        throw file.bad("%s: at most %d lengths, none negative", what, MOST_DIMENSIONS);
      }
      lengths[count++] = json.getLongValue();
    }
    return Arrays.copyOf(lengths, count);
  }

  private void expect(JsonToken found, JsonToken wanted, String what) {
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
  private void requireGapless(List<Entry> entries, long dataLength) {
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
}
