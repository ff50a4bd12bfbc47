package dev.collapsar.learn.checkpoint;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The meaning of the names in a pickle of {@code torch.save}'s. A few that rebuild tensors and
 * containers are understood; a call of any other leaves an {@link Inert} value. Nothing is ever
 * looked up or executed.
 */
final class TorchObjects {
  private static final String UNTYPED = "UntypedStorage";

  private static final Set<String> PLAIN_CLASSES =
      Set.of("torch.Tensor", "torch._tensor.Tensor", "torch.nn.parameter.Parameter");

  private static final String FROM_TYPE = "torch._tensor._rebuild_from_type";
  private static final int LONGEST_NAME = 4096;
  private static final int METADATA_IN_V2 = 6;
  private static final int TYPE_IN_V3 = 6;
  private static final int METADATA_IN_V3 = 7;

  /** A class or function, by name only. */
  record Global(String name) {
    @Override
    public String toString() {
      return "the Python name " + name;
    }
  }

  /** Bytes whose element type each tensor says for itself. */
  private record Untyped(Storage bytes) {}

  private final Map<String, Storage> storages;

  /**
   * @param storages where the storages that tensors refer to are collected, by key
   */
  TorchObjects(Map<String, Storage> storages) {
    this.storages = storages;
  }

  /**
   * The class or function of a module's name and its own.
   *
   * @throws IOException if one is no text: what it is would be built eagerly, of any size
   */
  static Global global(Object module, Object name) throws IOException {
    if (!(module instanceof String first)
        || !(name instanceof String second)
        || first.length() + (long) second.length() > LONGEST_NAME) {
      throw new IOException("a class or function whose name is no text, or a long one");
    }
    return new Global(first + "." + second);
  }

  /** What a call makes. */
  static Object result(Object callable, Object arguments) throws IOException {
    if (!(callable instanceof Global global)) {
      return new Inert(callable instanceof Inert inert ? inert.name() : "an unnamed call")
          .holding(callable)
          .holding(arguments);
    }
    Object[] given = arguments instanceof Object[] tuple ? tuple : new Object[0];
    return switch (global.name()) {
      case "collections.OrderedDict" -> dictionary(given);
      case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor" ->
          tensor(given, METADATA_IN_V2);
      case "torch._utils._rebuild_tensor_v3" -> typed(given);
      case "torch._tensor._rebuild_from_type", "torch._tensor._rebuild_from_type_v2" ->
          ofClass(given);
      case "torch._utils._rebuild_parameter",
          "torch._utils._rebuild_parameter_with_state",
          "torch.jit._pickle.restore_type_tag",
          "torch.Size" ->
          given.length > 0 ? given[0] : new Inert(global.name());
      default ->
          isTensor(global.name())
              ? new UnreadTensor("a tensor of " + global.name())
              : new Inert(global.name()).holding(given);
    };
  }

  /** PyTorch's own functions that make tensors of kinds not read here, and numpy's arrays. */
  private static boolean isTensor(String name) {
    return name.startsWith("torch._utils._rebuild_")
        || name.startsWith("numpy.") && name.endsWith("._reconstruct")
        || name.startsWith("numpy.") && name.endsWith("._frombuffer");
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

  /**
   * A tensor of its storage's element type.
   *
   * @param metadata where among the arguments its bits may stand
   */
  private static Object tensor(Object[] arguments, int metadata) throws IOException {
    if (arguments.length < 4) {
      throw new IOException("a tensor without storage, offset, size and stride");
    }
    if (arguments[0] instanceof UnreadTensor || arguments[0] instanceof Inert) {
      return arguments[0] instanceof Inert unknown
          ? new UnreadTensor("a tensor in " + unknown.name())
          : arguments[0];
    }
    if (arguments[0] instanceof Untyped) {
      return new UnreadTensor("a tensor in torch." + UNTYPED);
    }
    if (!(arguments[0] instanceof Storage storage) || !(arguments[1] instanceof Long offset)) {
      throw new IOException("a tensor whose storage or offset is something else");
    }
    TensorView view = TensorView.of(storage, offset, sizes(arguments[2]), sizes(arguments[3]));
    Object bits = arguments.length > metadata ? arguments[metadata] : null;
    return bits == null ? view : withBits(view, bits);
  }

  /** Of PyTorch's lazy bits: the negative one of real and complex numbers, and the conjugate. */
  private static Object withBits(TensorView view, Object bits) {
    if (!(bits instanceof Map<?, ?> map)) {
      return new UnreadTensor("a tensor with metadata of its own");
    }
    Element element = view.storage().element();
    for (Map.Entry<?, ?> bit : map.entrySet()) {
      boolean understood =
          bit.getKey().equals("neg") && element.isSigned()
              || bit.getKey().equals("conj") && element.isComplex();
      if (!understood && !Boolean.FALSE.equals(bit.getValue())) {
        return new UnreadTensor("a tensor with the bit '%s'".formatted(bit.getKey()));
      }
    }
    return view.withBits(Boolean.TRUE.equals(map.get("neg")), Boolean.TRUE.equals(map.get("conj")));
  }

  /** A tensor in an untyped storage, of the type that it names. */
  private static Object typed(Object[] arguments) throws IOException {
    if (arguments.length <= TYPE_IN_V3) {
      throw new IOException("a tensor without a type");
    }
    String name = arguments[TYPE_IN_V3] instanceof Global type ? type.name() : "a type unnamed";
    Element element = Element.UNTYPED.get(name);
    if (element == null || !(arguments[0] instanceof Untyped untyped)) {
      return new UnreadTensor("a tensor of " + name);
    }
    Object[] plain = arguments.clone();
    long bytes = untyped.bytes().bytes();
    plain[0] = new Storage(untyped.bytes().key(), element, bytes / element.bytes(), bytes);
    return tensor(plain, METADATA_IN_V3);
  }

  /** A tensor with a class and attributes of its own; of the usual classes it is a plain one. */
  private static Object ofClass(Object[] arguments) throws IOException {
    if (arguments.length < 3) {
      throw new IOException("a tensor without a class and arguments");
    }
    String name = arguments[1] instanceof Global type ? type.name() : "a class unnamed";
    if (!PLAIN_CLASSES.contains(name)) {
      return new UnreadTensor("a tensor of class " + name);
    }
    if (arguments[0] instanceof Global inner && inner.name().startsWith(FROM_TYPE)) {
      throw new IOException("a tensor of a class within one of another");
    }
    Object made = result(arguments[0], arguments[2]);
    return made instanceof TensorView view && arguments.length > 3
        ? view.withAttributes(arguments[3])
        : made;
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
    String kind = type.name().substring(type.name().lastIndexOf('.') + 1);
    Element element = Element.STORAGES.get(kind.equals(UNTYPED) ? "ByteStorage" : kind);
    if (element == null || (parts.length > 5 && parts[5] != null)) {
      return new UnreadTensor("a tensor in " + type.name());
    }
    if (count > Long.MAX_VALUE / element.bytes()) {
      throw new IOException("storage %s is larger than any file".formatted(key));
    }
    Storage storage = new Storage(key, element, count, count * element.bytes());
    Storage known = storages.putIfAbsent(key, storage);
    if (known != null && !known.equals(storage)) {
      throw new IOException("storage %s is both %s and %s".formatted(key, known, storage));
    }
    return kind.equals(UNTYPED) ? new Untyped(storage) : storage;
  }

  /** Whether it is a storage on its own, which no tensor looks into. */
  static boolean isStorage(Object value) {
    return value instanceof Storage || value instanceof Untyped;
  }

  /**
   * Something that may be a dictionary's key. Containers hash by content in Java, which a
   * self-containing one would never finish; Python has no such keys.
   */
  static Object key(Object key) throws IOException {
    if (key instanceof List<?> || key instanceof Map<?, ?> || key instanceof TensorView) {
      throw new IOException("a dictionary's key that is itself a list, dictionary or tensor");
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
