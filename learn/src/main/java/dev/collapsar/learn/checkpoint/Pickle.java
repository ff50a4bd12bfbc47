package dev.collapsar.learn.checkpoint;

import dev.collapsar.learn.checkpoint.TorchObjects.Global;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The part of Python's pickle (protocols 2 to 5) that {@code torch.save} writes, read as data. A
 * pickle is a program for a stack machine that names classes and functions; here a name stays a
 * name, and {@link TorchObjects} says what little its call makes.
 *
 * <p>Values: null, Boolean, Long, BigInteger, Double, String, byte[], {@code Object[]} (a tuple),
 * List, Map, {@link TensorView}, {@link UnreadTensor}, {@link Inert}. The machine does not recurse,
 * so no nesting can overflow Java's stack; its memory is bounded by the number of its instructions.
 */
final class Pickle {
  private static final int LONGEST_INTEGER = 1024;
  private static final int MOST_INSTRUCTIONS = 1 << 22; // a ResNet-152's state has 50,000

  private final PickleInput in;
  private final TorchObjects objects;
  private final List<Object> stack = new ArrayList<>();
  private final Deque<Integer> marks = new ArrayDeque<>();
  private final Map<Long, Object> memo = new HashMap<>();

  private Pickle(PickleInput in, TorchObjects objects) {
    this.in = in;
    this.objects = objects;
  }

  /**
   * Reads one pickle.
   *
   * @param storages where the storages that tensors refer to are collected, by key
   * @throws IOException if the bytes are no pickle of this kind
   */
  static Object read(PickleInput in, Map<String, Storage> storages) throws IOException {
    return new Pickle(in, new TorchObjects(storages)).run();
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
        throw new IOException("a pickle of more than %s instructions".formatted(MOST_INSTRUCTIONS));
      }
      step(opcode);
    }
    Object value = pop();
    return value instanceof Global global ? new Inert(global.name()) : value;
  }

  private void step(int opcode) throws IOException {
    if (!moved(opcode) && !constant(opcode) && !container(opcode) && !called(opcode)) {
      throw new IOException(
          String.format(Locale.ROOT, "opcode 0x%02x is none that torch.save writes", opcode));
    }
  }

  /** The opcode moves what is on the stack or in the memo; whether it was. */
  private boolean moved(int opcode) throws IOException {
    switch (opcode) {
      case 0x95 -> in.littleEndian(8); // FRAME: a hint on buffering
      case '(' -> marks.push(stack.size());
      case '0' -> pop();
      case '1' -> popToMark();
      case '2' -> push(peek());

      case 'q' -> memo.put((long) in.unsignedByte(), peek());
      case 'r' -> memo.put(in.littleEndian(4), peek());
      case 0x94 -> memo.put((long) memo.size(), peek());
      case 'h' -> push(remembered(in.unsignedByte()));
      case 'j' -> push(remembered(in.littleEndian(4)));
      default -> {
        return false;
      }
    }
    return true;
  }

  /** It pushes a number or text that follows it; whether it was. */
  private boolean constant(int opcode) throws IOException {
    switch (opcode) {
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
      default -> {
        return false;
      }
    }
    return true;
  }

  /** It makes or fills a tuple, a list, a dictionary or an object; whether it was. */
  private boolean container(int opcode) throws IOException {
    switch (opcode) {
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
      case 'b' -> build(pop()); // an object's attributes, such as a state dict's version numbers
      default -> {
        return false;
      }
    }
    return true;
  }

  /** It names or calls something; whether it was. */
  private boolean called(int opcode) throws IOException {
    switch (opcode) {
      case 'c' -> push(new Global(in.line() + "." + in.line()));
      case 0x93 -> {
        Object[] names = popTuple(2);
        push(TorchObjects.global(names[0], names[1]));
      }
      case 'R', 0x81 -> {
        Object[] call = popTuple(2);
        push(TorchObjects.result(call[0], call[1]));
      }
      case 0x92 -> {
        Object[] call = popTuple(3);
        push(TorchObjects.result(call[0], call[1]));
      }
      case 'Q' -> push(objects.persistent(pop()));
      default -> {
        return false;
      }
    }
    return true;
  }

  private void build(Object attributes) throws IOException {
    if (peek() instanceof Inert inert) {
      inert.holding(attributes);
    }
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
    } else if (target instanceof Inert inert) {
      inert.holding(items);
    } else {
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
        map.put(TorchObjects.key(items.get(i)), items.get(i + 1));
      }
    } else if (target instanceof Inert inert) {
      inert.holding(items);
    } else {
      throw new IOException("keys set on something that is no dictionary");
    }
  }

  private Object remembered(long index) throws IOException {
    if (!memo.containsKey(index)) {
      throw new IOException("memo %s is used before it is set".formatted(index));
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
