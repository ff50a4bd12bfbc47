package dev.collapsar.learn.checkpoint;

import dev.collapsar.data.FileTensor;
import dev.collapsar.data.StoredTensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Makes a {@link Checkpoint} of what {@code torch.save} pickled: finds the state dict, takes all of
 * its tensors or none, and says what is left out.
 */
final class PickledState {
  /** Where state dicts are kept, the one that trained before its running average. */
  private static final List<String> STATE_KEYS =
      List.of(
          "model_state_dict",
          "state_dict",
          "model",
          "net",
          "network",
          "params",
          "weights",
          "module",
          "state_dict_ema",
          "model_ema",
          "params_ema",
          "ema");

  private static final String LIGHTNING = "pytorch-lightning_version";

  /** What the classes of a TorchScript file are called by. */
  private static final String SCRIPT = "__torch__.";

  /** A counter that PyTorch's AveragedModel keeps beside the network in it. */
  private static final String AVERAGED = "n_averaged";

  private static final String LIGHTNING_PREFIX = "model.";
  private static final int MOST_LISTED = 12;

  private final TorchFile file;
  private final boolean copying;
  private final Map<String, TensorView> tensors = new LinkedHashMap<>();
  private final Map<String, Number> numbers = new LinkedHashMap<>();
  private final Map<String, String> texts = new LinkedHashMap<>();
  private final Map<String, List<StoredTensor>> lists = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();
  private final HiddenTensors hidden = new HiddenTensors();
  private int attributed;

  /**
   * @param copying whether tensors of types that can only be copied are taken too
   */
  PickledState(TorchFile file, boolean copying) {
    this.file = file;
    this.copying = copying;
  }

  /**
   * @throws IOException if there is no state dict, or a tensor of it is not understood
   */
  Checkpoint read() throws IOException {
    if (!(file.root() instanceof Map<?, ?> top)) {
      throw new IOException(refusal(plain(file.root())));
    }
    Optional<String> key = STATE_KEYS.stream().filter(k -> hasTensors(top.get(k))).findFirst();
    if (key.isEmpty() && !hasTensors(top)) {
      throw new IOException(refusal(contents(top)));
    }
    if (key.isPresent()) {
      notes.add("the state dict is '%s'".formatted(key.get()));
      takeState((Map<?, ?>) top.get(key.get()), key.get());
      takeBeside(top, key.get());
    } else {
      takeState(top, "");
    }
    if (attributed > 0) {
      notes.add("not kept: Python attributes of %s of its tensors".formatted(attributed));
    }
    Map<String, StoredTensor> read = new LinkedHashMap<>();
    Map<String, FileTensor> copied = new LinkedHashMap<>();
    for (Map.Entry<String, TensorView> entry : named(top.containsKey(LIGHTNING)).entrySet()) {
      TensorView view = entry.getValue();
      if (view.isRead()) {
        read.put(entry.getKey(), view.read(file.bytes()));
      } else {
        copied.put(entry.getKey(), view.copied(entry.getKey(), file.bytes()));
      }
    }
    return new Checkpoint(read, copied, numbers, texts, lists, notes);
  }

  /**
   * @param key of the state dict, empty if it is the whole file
   */
  private void takeState(Map<?, ?> state, String key) throws IOException {
    for (Map.Entry<?, ?> entry : state.entrySet()) {
      String name = plain(entry.getKey());
      String path = key.isEmpty() ? "'%s'".formatted(name) : "%s['%s']".formatted(key, name);
      Object value = entry.getValue();
      if (value instanceof TensorView view && (view.isRead() || copying && view.isCopied())) {
        requireNoTensor(path + ".__dict__", view.attributes());
        attributed += view.attributes() == null ? 0 : 1;
        if (tensors.put(name, view) != null) {
          throw new IOException("two of its tensors are named '%s'".formatted(name));
        }
      } else if (!key.isEmpty() || !takeValue(name, value)) {
        requireNoTensor(path, value);
        notes.add("not kept: %s is %s, no tensor".formatted(path, plain(value)));
      }
    }
  }

  private void requireNoTensor(String path, Object value) throws IOException {
    Optional<HiddenTensors.HiddenTensor> found = hidden.in(path, value);
    if (found.isPresent()) {
      throw new IOException(
          "%s is %s, which %s; without it the state dict would not be whole"
              .formatted(
                  found.get().path(),
                  plain(found.get().tensor()),
                  found.get().tensor() instanceof TensorView && found.get().tensor() != value
                      ? "lies deeper than its entries"
                      : "is not read"));
    }
  }

  private void takeBeside(Map<?, ?> top, String key) throws IOException {
    for (Map.Entry<?, ?> entry : top.entrySet()) {
      String name = plain(entry.getKey());
      Object value = entry.getValue();
      if (name.equals(key)) {
        continue;
      }
      if (value instanceof TensorView view && view.isRead()) {
        lists.put(name, List.of(view.read(file.bytes())));
      } else if (!takeValue(name, value)) {
        notes.add(
            "not kept: %s, %s"
                .formatted(
                    name, hasTensors(value) ? "another state dict" : "outside of the state dict"));
      }
    }
  }

  /** Takes what is a number, text or a list of tensors. */
  private boolean takeValue(String name, Object value) throws IOException {
    if (value instanceof Number number) {
      numbers.put(name, number);
    } else if (value instanceof String text) {
      texts.put(name, text);
    } else if (value instanceof List<?> list
        && !list.isEmpty()
        && list.stream().allMatch(item -> item instanceof TensorView view && view.isRead())) {
      lists.put(name, readAll(list));
    } else {
      return false;
    }
    return true;
  }

  private List<StoredTensor> readAll(List<?> views) throws IOException {
    List<StoredTensor> read = new ArrayList<>();
    for (Object view : views) {
      read.add(((TensorView) view).read(file.bytes()));
    }
    return List.copyOf(read);
  }

  /**
   * The names as the network has them, which wrappers keep under prefixes of theirs and Lightning's
   * modules under {@code model}.
   */
  private Map<String, TensorView> named(boolean lightning) {
    Map<String, TensorView> own = unwrapped();
    if (!lightning || !own.keySet().stream().allMatch(n -> n.startsWith(LIGHTNING_PREFIX))) {
      return own;
    }
    notes.add("names are without Lightning's prefix '%s'".formatted(LIGHTNING_PREFIX));
    return Checkpoint.unwrapped(Checkpoint.without(LIGHTNING_PREFIX, own));
  }

  private Map<String, TensorView> unwrapped() {
    Map<String, TensorView> counted = new LinkedHashMap<>(tensors);
    counted.remove(AVERAGED);
    Map<String, TensorView> own = Checkpoint.unwrapped(counted);
    String first = counted.isEmpty() ? "" : counted.keySet().iterator().next();
    String inner = counted.isEmpty() ? "" : own.keySet().iterator().next();
    if (first.equals(inner)) {
      return tensors;
    }
    notes.add(
        "names are without '%s', which a wrapper put before them"
            .formatted(first.substring(0, first.length() - inner.length())));
    if (tensors.containsKey(AVERAGED)) {
      notes.add("not kept: '%s', how many networks were averaged".formatted(AVERAGED));
    }
    return own;
  }

  private static boolean hasTensors(Object value) {
    return value instanceof Map<?, ?> map
        && map.values().stream().anyMatch(HiddenTensors::isTensor);
  }

  private static String refusal(String held) {
    if (held.contains(SCRIPT)) {
      return "is TorchScript, not a state dict of tensors: network=FILE, --network FILE and"
          + " 'collapsar network export FILE OUT.pt --adapter DIR' take it";
    }
    return "holds %s, not a state dict of tensors (nothing in it was executed);".formatted(held)
        + " save model.state_dict() instead, or code and all by"
        + " torch.jit.trace(model, example).save(\"model.pt\")";
  }

  /** What is in a dictionary, and in the dictionaries of it. */
  private static String contents(Map<?, ?> top) {
    return top.isEmpty()
        ? plain(top)
        : "%s under the keys %s"
            .formatted(
                plain(top),
                listed(
                    top,
                    value ->
                        value instanceof Map<?, ?> map && !map.isEmpty()
                            ? "%s of %s".formatted(plain(map), listed(map, PickledState::plain))
                            : plain(value)));
  }

  private static String listed(Map<?, ?> map, Function<Object, String> words) {
    String first =
        map.entrySet().stream()
            .limit(MOST_LISTED)
            .map(entry -> plain(entry.getKey()) + " (" + words.apply(entry.getValue()) + ")")
            .collect(Collectors.joining(", "));
    return map.size() > MOST_LISTED ? first + ", ..." : first;
  }

  /** A value in a few words; of containers only the kind, for they may contain themselves. */
  private static String plain(Object value) {
    if (value instanceof Inert inert) {
      return "a Python object " + inert.name();
    }
    if (value instanceof Map<?, ?> map) {
      return "a dictionary of %s entries".formatted(map.size());
    }
    if (value instanceof List<?> list) {
      return "a list of %s items".formatted(list.size());
    }
    if (value instanceof Object[] tuple) {
      return "a tuple of %s items".formatted(tuple.length);
    }
    if (value instanceof TensorView view && !view.isRead()) {
      return "a tensor " + view.storage().element().place();
    }
    if (value instanceof TensorView view) {
      return "a tensor of %s dimensions".formatted(view.shape().length);
    }
    if (value instanceof UnreadTensor unread) {
      return unread.kind();
    }
    if (value instanceof byte[] bytes) {
      return "%s bytes".formatted(bytes.length);
    }
    return TorchObjects.isStorage(value) ? "a storage" : String.valueOf(value);
  }
}
