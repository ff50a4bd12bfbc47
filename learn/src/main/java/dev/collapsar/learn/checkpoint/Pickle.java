package dev.collapsar.learn.checkpoint;

import dev.collapsar.data.ElementType;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The part of Python's pickle (protocols 2 to 5) that {@code torch.save} writes, read as data. A
 * pickle is a program for a stack machine that names classes and functions; here a name stays a
 * name. A few names that rebuild tensors and containers are understood; a call of any other leaves
 * an {@link Inert} value. Nothing is ever looked up or executed.
 *
 * <p>Values: null, Boolean, Long, BigInteger, Double, String, byte[], {@code Object[]} (a tuple),
 * List, Map, {@link TensorView}, {@link Inert}. The machine does not recurse, so no nesting can
 * overflow Java's stack; its memory is bounded by the number of its instructions.
 */
final class Pickle {
  private static final int LONGEST_INTEGER = 1024;
  private static final int MOST_INSTRUCTIONS = 1 << 22; // a ResNet-152's state has 50,000

  private static final Map<String, ElementType> STORAGES =
      Map.of(
          "DoubleStorage", ElementType.F64,
          "FloatStorage", ElementType.F32,
          "HalfStorage", ElementType.F16,
          "BFloat16Storage", ElementType.BF16,
          "LongStorage", ElementType.I64,
          "IntStorage", ElementType.I32,
          "ShortStorage", ElementType.I16,
          "CharStorage", ElementType.I8,
          "ByteStorage", ElementType.U8,
          "BoolStorage", ElementType.BOOL);

  /** A class or function, by name only. */
  private record Global(String name) {
    @Override
    public String toString() {
      return "the Python name " + name;
    }
  }

  private final PickleInput in;
  private final Map<String, Storage> storages;
  private final List<Object> stack = new ArrayList<>();
  private final Deque<Integer> marks = new ArrayDeque<>();
  private final Map<Long, Object> memo = new HashMap<>();

  private Pickle(PickleInput in, Map<String, Storage> storages) {
    this.in = in;
    this.storages = storages;
  }

  /**
   * Reads one pickle.
   *
   * @param storages where the storages that tensors refer to are collected, by key
   * @throws IOException if the bytes are no pickle of this kind
   */
  static Object read(PickleInput in, Map<String, Storage> storages) throws IOException {
    return new Pickle(in, storages).run();
  }

  private Object run() throws IOException {
    if (in.unsignedByte() != 0x80) {
      throw new IOException("its pickle does not begin with a protocol number");
    }
    long protocol = in.unsignedByte();
    if (protocol < 2 || protocol > 5) {
      throw new IOException("pickle protocol " + protocol + " is not one of 2 to 5");
    }
    int instructions = 0;
    for (int opcode = in.unsignedByte(); opcode != '.'; opcode = in.unsignedByte()) {
      if (++instructions > MOST_INSTRUCTIONS) {
        throw new IOException("a pickle of more than %d instructions".formatted(MOST_INSTRUCTIONS));
      }
      step(opcode);
    }
    Object value = pop();
    return value instanceof Global global ? new Inert(global.name()) : value;
  }

  private void step(int opcode) throws IOException {
    switch (opcode) {
      case 0x95 -> in.littleEndian(8); // FRAME: a hint on buffering
      case '(' -> marks.push(stack.size());
      case '0' -> pop();
      case '1' -> popToMark();
      case '2' -> push(peek());

      case 'N' -> push(null);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'J' -> push((long) (int) in.littleEndian(4));
      case 'K' -> push((long) in.unsignedByte());
      case 'M' -> push(in.littleEndian(2));
      case 0x8a -> push(integer(in.unsignedByte()));
      case 0x8b -> push(integer(in.littleEndian(4)));
      case 'G' -> push(in.bigEndianDouble());

      case 'X' -> push(in.text(in.littleEndian(4)));
      case 0x8c -> push(in.text(in.unsignedByte()));
      case 0x8d -> push(in.text(in.littleEndian(8)));
      case 'T' -> push(in.text(in.littleEndian(4)));
      case 'U' -> push(in.text(in.unsignedByte()));
      case 'B' -> push(in.bytes(in.littleEndian(4)));
      case 'C' -> push(in.bytes(in.unsignedByte()));
      case 0x8e, 0x96 -> push(in.bytes(in.littleEndian(8)));

      case '}' -> push(new LinkedHashMap<>());
      case ']', 0x8f -> push(new ArrayList<>());
      case ')' -> push(new Object[0]);
      case 't', 0x91 -> push(popToMark().toArray());
      case 0x85 -> push(popTuple(1));
      case 0x86 -> push(popTuple(2));
      case 0x87 -> push(popTuple(3));
      case 'a' -> append(Arrays.asList(popTuple(1)));
      case 'e', 0x90 -> append(popToMark());
      case 's' -> setItems(Arrays.asList(popTuple(2)));
      case 'u' -> setItems(popToMark());
      case 'b' -> pop(); // BUILD: an object's attributes, such as a state dict's version numbers

      case 'q' -> memo.put((long) in.unsignedByte(), peek());
      case 'r' -> memo.put(in.littleEndian(4), peek());
      case 0x94 -> memo.put((long) memo.size(), peek());
      case 'h' -> push(remembered(in.unsignedByte()));
      case 'j' -> push(remembered(in.littleEndian(4)));

      case 'c' -> push(new Global(in.line() + "." + in.line()));
      case 0x93 -> {
        Object[] names = popTuple(2);
        push(new Global(names[0] + "." + names[1]));
      }
      case 'R', 0x81 -> {
        Object[] call = popTuple(2);
        push(result(call[0], call[1]));
      }
      case 0x92 -> {
        Object[] call = popTuple(3);
        push(result(call[0], call[1]));
      }
      case 'Q' -> push(persistent(pop()));
      default ->
          throw new IOException("opcode 0x%02x is none that torch.save writes".formatted(opcode));
    }
  }

  private static Object result(Object callable, Object arguments) throws IOException {
    if (!(callable instanceof Global global)) {
      return new Inert(callable instanceof Inert inert ? inert.name() : "an unnamed call");
    }
    Object[] given = arguments instanceof Object[] tuple ? tuple : new Object[0];
    return switch (global.name()) {
      case "collections.OrderedDict" -> dictionary(given);
      case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor" -> tensor(given);
      case "torch._utils._rebuild_parameter",
          "torch._utils._rebuild_parameter_with_state",
          "torch.jit._pickle.restore_type_tag",
          "torch.Size" ->
          given.length > 0 ? given[0] : new Inert(global.name());
      default -> new Inert(global.name());
    };
  }

  private static Map<Object, Object> dictionary(Object[] arguments) throws IOException {
    Map<Object, Object> made = new LinkedHashMap<>();
    if (arguments.length > 0 && arguments[0] instanceof List<?> pairs) {
      for (Object pair : pairs) {
        Object[] entry = pair instanceof List<?> list ? list.toArray() : tuple(pair);
        if (entry.length != 2) {
          throw new IOException("an OrderedDict of something else than pairs");
        }
        made.put(key(entry[0]), entry[1]);
      }
    }
    return made;
  }

  private static Object tensor(Object[] arguments) throws IOException {
    if (arguments.length < 4) {
      throw new IOException("a tensor without storage, offset, size and stride");
    }
    if (arguments[0] instanceof Inert unknown) {
      return new Inert("a tensor in " + unknown.name());
    }
    if (!(arguments[0] instanceof Storage storage) || !(arguments[1] instanceof Long offset)) {
      throw new IOException("a tensor whose storage or offset is something else");
    }
    return new TensorView(storage, offset, sizes(arguments[2]), sizes(arguments[3]));
  }

  private Object persistent(Object id) throws IOException {
    Object[] parts = tuple(id);
    if (parts.length < 5
        || !"storage".equals(parts[0])
        || !(parts[1] instanceof Global type)
        || !(parts[2] instanceof String key)
        || !(parts[4] instanceof Long count)
        || count < 0) {
      throw new IOException("a persistent id that names no storage");
    }
    ElementType element = STORAGES.get(type.name().substring(type.name().lastIndexOf('.') + 1));
    if (element == null || (parts.length > 5 && parts[5] != null)) {
      return new Inert(type.name());
    }
    Storage storage = new Storage(key, element, count);
    Storage known = storages.putIfAbsent(key, storage);
    if (known != null && !known.equals(storage)) {
      throw new IOException("storage %s is both %s and %s".formatted(key, known, storage));
    }
    return storage;
  }

  private Object integer(long bytes) throws IOException {
    if (bytes > LONGEST_INTEGER) {
      throw new IOException("an integer of " + bytes + " bytes");
    }
    byte[] digits = in.bytes(bytes);
    for (int i = 0, j = digits.length - 1; i < j; i++, j--) {
      byte swapped = digits[i];
      digits[i] = digits[j];
      digits[j] = swapped;
    }
    BigInteger value = digits.length == 0 ? BigInteger.ZERO : new BigInteger(digits);
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
  }

  private void append(List<?> items) throws IOException {
    Object target = peek();
    if (target instanceof List<?>) {
      @SuppressWarnings("unchecked") // every list on the stack was made here, of Objects
      List<Object> list = (List<Object>) target;
      list.addAll(items);
    } else if (!(target instanceof Inert)) {
      throw new IOException("items appended to something that is no list");
    }
  }

  private void setItems(List<?> items) throws IOException {
    Object target = peek();
    if (target instanceof Map<?, ?>) {
      @SuppressWarnings("unchecked") // every map on the stack was made here, of Objects
      Map<Object, Object> map = (Map<Object, Object>) target;
      if (items.size() % 2 != 0) {
        throw new IOException("a dictionary's key without its value");
      }
      for (int i = 0; i < items.size(); i += 2) {
        map.put(key(items.get(i)), items.get(i + 1));
      }
    } else if (!(target instanceof Inert)) {
      throw new IOException("keys set on something that is no dictionary");
    }
  }

  // Containers hash by content in Java, which a self-containing one would never finish; Python has
  // no such keys.
  private static Object key(Object key) throws IOException {
    if (key instanceof List<?> || key instanceof Map<?, ?>) {
      throw new IOException("a dictionary's key that is itself a list or dictionary");
    }
    return key;
  }

  private static long[] sizes(Object value) throws IOException {
    Object[] items = tuple(value);
    long[] sizes = new long[items.length];
    for (int i = 0; i < sizes.length; i++) {
      if (!(items[i] instanceof Long size)) {
        throw new IOException("a tensor's size or stride that is no integer");
      }
      sizes[i] = size;
    }
    return sizes;
  }

  private static Object[] tuple(Object value) throws IOException {
    if (value instanceof Object[] tuple) {
      return tuple;
    }
    throw new IOException("something else where a tuple belongs");
  }

  private Object remembered(long index) throws IOException {
    if (!memo.containsKey(index)) {
      throw new IOException("memo %d is used before it is set".formatted(index));
    }
    return memo.get(index);
  }

  private void push(Object value) {
    stack.add(value);
  }

  private Object peek() throws IOException {
    requireValues(1);
    return stack.get(stack.size() - 1);
  }

  private Object pop() throws IOException {
    requireValues(1);
    return stack.remove(stack.size() - 1);
  }

  private Object[] popTuple(int length) throws IOException {
    requireValues(length);
    List<Object> top = stack.subList(stack.size() - length, stack.size());
    Object[] tuple = top.toArray();
    top.clear();
    return tuple;
  }

  private List<Object> popToMark() throws IOException {
    if (marks.isEmpty()) {
      throw new IOException("its pickle closes what it never opened");
    }
    List<Object> top = stack.subList(marks.pop(), stack.size());
    List<Object> items = new ArrayList<>(top);
    top.clear();
    return items;
  }

  private void requireValues(int count) throws IOException {
    int floor = marks.isEmpty() ? 0 : marks.peek();
    if (stack.size() - floor < count) {
      throw new IOException("its pickle takes what it never put");
    }
  }
}
