package dev.collapsar.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The head of a .npy file: magic {@code \x93NUMPY}, version 1.0 to 3.0, the length of what follows
 * (u16 in version 1, else u32, little-endian), then a Python dictionary of three keys.
 *
 * @param type null if it is none of ours
 * @param descr numpy's name of the element type, such as {@code <f4}
 * @param columnMajor Fortran order
 * @param length the head's own bytes: the elements start there
 */
record NpyHeader(
    ElementType type,
    String descr,
    ByteOrder order,
    boolean columnMajor,
    long[] shape,
    int length) {
  static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int LONGEST = 1 << 16;
  private static final int MOST_DIMENSIONS = 64;
  private static final Pattern TEXT = Pattern.compile("[<>|=]?([US])(\\d{1,6})");

  private static final Map<String, ElementType> TYPES =
      Map.ofEntries(
          Map.entry("f2", ElementType.F16),
          Map.entry("f4", ElementType.F32),
          Map.entry("f8", ElementType.F64),
          Map.entry("i1", ElementType.I8),
          Map.entry("i2", ElementType.I16),
          Map.entry("i4", ElementType.I32),
          Map.entry("i8", ElementType.I64),
          Map.entry("u1", ElementType.U8),
          Map.entry("u2", ElementType.U16),
          Map.entry("u4", ElementType.U32),
          Map.entry("u8", ElementType.U64),
          Map.entry("b1", ElementType.BOOL));

  /**
   * Reads and checks a head.
   *
   * @param file for messages
   * @param array what the file calls the array, for messages; empty if the file is the array
   * @param prefix gives the first bytes of head and elements, as many as asked for if there are
   * @param available the bytes of head and elements together
   */
  static NpyHeader read(FileBytes file, String array, IntFunction<byte[]> prefix, long available) {
    String what = array.isEmpty() ? "" : "member '" + array + "' ";
    byte[] start = prefix.apply(12);
    if (start.length < 10 || !Arrays.equals(start, 0, 6, MAGIC, 0, 6)) {
      throw file.bad("%sis no .npy array: it does not start with \\x93NUMPY", what);
    }
    int version = start[6];
    if (version < 1 || version > 3 || start[7] != 0) {
      throw file.bad("%shas .npy version %d.%d, 1.0 to 3.0 are read", what, version, start[7]);
    }
    ByteBuffer words = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
    int fixed = version == 1 ? 10 : 12;
    long claimed =
        start.length < fixed
            ? Long.MAX_VALUE - fixed
            : version == 1
                ? Short.toUnsignedInt(words.getShort(8))
                : Integer.toUnsignedLong(words.getInt(8));
    if (claimed > LONGEST || fixed + claimed > available) {
      throw file.bad(
          "%sclaims a .npy header of %d bytes, there are %d and at most %d are read",
          what, claimed, available, LONGEST);
    }
    int length = fixed + (int) claimed;
    byte[] head = prefix.apply(length);
    if (head.length < length) {
      throw file.bad("%sis cut short within its .npy header", what);
    }
    var charset = version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    String dictionary = new String(head, fixed, (int) claimed, charset);
    NpyHeader header = parse(dictionary, length);
    if (header == null) {
      throw file.bad(
          "%shas the .npy header \"%.100s\", which is not like {'descr': '<f4', 'fortran_order':"
              + " False, 'shape': (N, D)}",
          what, dictionary.strip());
    }
    header.requireFit(file, what, available);
    return header;
  }

  private void requireFit(FileBytes file, String what, long available) {
    int size = type == null ? textBytes() : type.bytes();
    if (size == 0) {
      return; // its size is unknown, and it is refused when it is wanted
    }
    try {
      long needed = Math.addExact(length, Math.multiplyExact(Shapes.elements(shape), (long) size));
      if (needed != available) {
        throw file.bad(
            "%s%s: its header promises %d bytes for %s %s, there are %d",
            what,
            needed > available ? "is truncated" : "goes on after the array",
            needed,
            type == null ? descr : type,
            Shapes.text(shape),
            available);
      }
    } catch (ArithmeticException e) {
      throw file.bad("%sof shape %s is larger than any file", what, Shapes.text(shape));
    }
  }

  /** The size of an element that is text; 0 of others. */
  int textBytes() {
    Matcher matcher = TEXT.matcher(descr);
    return matcher.matches()
        ? Integer.parseInt(matcher.group(2)) * (matcher.group(1).equals("U") ? Integer.BYTES : 1)
        : 0;
  }

  /** The bytes of a version 1.0 head as numpy writes it, padded to a multiple of 64. */
  static byte[] format(ElementType type, long[] shape) {
    String dictionary =
        "{'descr': '%s', 'fortran_order': False, 'shape': %s, }"
            .formatted(descr(type), Shapes.text(shape));
    int length = (10 + dictionary.length() + 1 + 63) / 64 * 64;
    ByteBuffer head = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    head.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (length - 10));
    head.put(dictionary.getBytes(StandardCharsets.US_ASCII));
    while (head.hasRemaining()) {
      head.put((byte) (head.remaining() == 1 ? '\n' : ' '));
    }
    return head.array();
  }

  /** numpy's name of a type; bfloat16 has none. */
  private static String descr(ElementType type) {
    return TYPES.entrySet().stream()
        .filter(entry -> entry.getValue() == type)
        .map(entry -> (type.bytes() == 1 ? "|" : "<") + entry.getKey())
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("numpy has no " + type));
  }

  /** Null if the text is not the dictionary of a .npy file. */
  private static NpyHeader parse(String text, int length) {
    Map<String, Object> values = new Literal(text).dictionary();
    if (values == null
        || values.size() != 3
        || !(values.get("fortran_order") instanceof Boolean columnMajor)
        || !(values.get("shape") instanceof long[] shape)) {
      return null;
    }
    // A structured type is a list; it has no name here, as any other type that is not read.
    String descr =
        values.get("descr") instanceof String name ? name : String.valueOf(values.get("descr"));
    char order = descr.isEmpty() ? '?' : descr.charAt(0);
    boolean marked = "<>|=".indexOf(order) >= 0;
    // How JAX's bfloat16 comes out of numpy.save; numpy's own two-byte void is "|V2".
    boolean bfloat = descr.equals("<V2");
    return new NpyHeader(
        bfloat ? ElementType.BF16 : TYPES.get(marked ? descr.substring(1) : descr),
        descr,
        order == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
        columnMajor,
        shape,
        length);
  }

  /**
   * The few Python literals that numpy writes: a dictionary of strings to strings, booleans and
   * tuples of integers. Nothing is evaluated.
   */
  private static final class Literal {
    private final String text;
    private int at;

    Literal(String text) {
      this.text = text;
    }

    /** Null if there is anything else than one dictionary. */
    Map<String, Object> dictionary() {
      Map<String, Object> values = new HashMap<>();
      if (!take('{')) {
        return null;
      }
      while (!take('}')) {
        String key = string();
        if (key == null || !take(':')) {
          return null;
        }
        Object value = value();
        if (value == null || values.put(key, value) != null || !take(',') && !ahead('}')) {
          return null;
        }
      }
      return text.substring(at).isBlank() ? values : null;
    }

    private Object value() {
      if (word("True")) {
        return true;
      }
      if (word("False")) {
        return false;
      }
      if (ahead('(')) {
        return tuple();
      }
      return ahead('[') ? list() : string();
    }

    private boolean word(String word) {
      boolean found = text.startsWith(word, skipBlanks());
      at += found ? word.length() : 0;
      return found;
    }

    private long[] tuple() {
      take('(');
      List<Long> lengths = new ArrayList<>();
      while (!take(')')) {
        int from = skipBlanks();
        while (at < text.length() && Character.digit(text.charAt(at), 10) >= 0) {
          at++;
        }
        if (at == from || at - from > 19 || lengths.size() == MOST_DIMENSIONS) {
          return null;
        }
        try {
          lengths.add(Long.valueOf(text.substring(from, at)));
        } catch (NumberFormatException e) {
          return null; // beyond a long
        }
        take('L'); // Python 2 wrote its long integers so
        if (!take(',') && !ahead(')')) {
          return null;
        }
      }
      return lengths.stream().mapToLong(Long::longValue).toArray();
    }

    /** The type of a structured array, up to the bracket that closes it, unread. */
    private String list() {
      int from = skipBlanks();
      int open = 0;
      do {
        open += text.charAt(at) == '[' ? 1 : text.charAt(at) == ']' ? -1 : 0;
        at++;
      } while (open > 0 && at < text.length());
      return open == 0 ? text.substring(from, at) : null;
    }

    private String string() {
      int from = skipBlanks();
      if (from >= text.length() || text.charAt(from) != '\'' && text.charAt(from) != '"') {
        return null;
      }
      int end = text.indexOf(text.charAt(from), from + 1);
      if (end < 0) {
        return null;
      }
      at = end + 1;
      return text.substring(from + 1, end);
    }

    private boolean take(char wanted) {
      boolean found = ahead(wanted);
      at += found ? 1 : 0;
      return found;
    }

    private boolean ahead(char wanted) {
      return skipBlanks() < text.length() && text.charAt(at) == wanted;
    }

    private int skipBlanks() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      return at;
    }
  }
}
