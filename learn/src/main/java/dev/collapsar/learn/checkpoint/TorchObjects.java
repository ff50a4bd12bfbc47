package dev.collapsar.learn.checkpoint;

import dev.collapsar.data.ElementType;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the names in a pickle of {@code torch.save}'s stand for. A few that rebuild tensors and
 * containers are understood; a call of any other leaves an {@link Inert} value. Nothing is ever
 * looked up or executed.
 */
final class TorchObjects {
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
  record Global(String name) {
    @Override
    public String toString() {
      return "the Python name " + name;
    }
  }

  private final Map<String, Storage> storages;

  /**
   * @param storages where the storages that tensors refer to are collected, by key
   */
  TorchObjects(Map<String, Storage> storages) {
    this.storages = storages;
  }

  /** What a call makes. */
  static Object result(Object callable, Object arguments) throws IOException {
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

  /** What stands outside of the pickle, by its id: a storage, or a class and its source text. */
  Object persistent(Object id) throws IOException {
    Object[] parts = tuple(id);
    if (parts.length > 1 && "module".equals(parts[0])) {
      return parts[1];
    }
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

  /**
   * Something that may be a dictionary's key. Containers hash by content in Java, which a
   * self-containing one would never finish; Python has no such keys.
   */
  static Object key(Object key) throws IOException {
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
}
