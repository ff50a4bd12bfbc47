package dev.collapsar.learn.checkpoint;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Looks for tensors inside of other values, at any nesting. Every value is looked into once, by all
 * calls together, so the work is bounded by the size of the pickle, whatever contains itself.
 */
final class HiddenTensors {
  /**
   * A tensor that was found.
   *
   * @param path of it, as Python would spell it
   */
  record HiddenTensor(String path, Object tensor) {}

  private static final int LONGEST_PATH = 200;

  private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Deque<HiddenTensor> open = new ArrayDeque<>();

  /** The first tensor in this value, or the value itself if it is one. */
  Optional<HiddenTensor> in(String path, Object value) {
    open.clear();
    add(path, value);
    while (!open.isEmpty()) {
      HiddenTensor next = open.pop();
      if (isTensor(next.tensor())) {
        return Optional.of(next);
      }
      if (seen.add(next.tensor())) {
        look(next.path(), next.tensor());
      }
    }
    return Optional.empty();
  }

  /** Whether the value is a tensor, read or not, or the storage of one. */
  static boolean isTensor(Object value) {
    return value instanceof TensorView
        || value instanceof UnreadTensor
        || TorchObjects.isStorage(value);
  }

  private void look(String path, Object value) {
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, item) -> add(within(path, "['%s']".formatted(key)), item));
    } else if (value instanceof Inert inert) {
      inert.given().forEach(item -> add(path, item));
    } else if (value instanceof List<?> || value instanceof Object[]) {
      Object[] items = value instanceof List<?> list ? list.toArray() : (Object[]) value;
      for (int i = 0; i < items.length; i++) {
        add(within(path, "[%s]".formatted(i)), items[i]);
      }
    }
  }

  /** Nesting may be as deep as the file is long; a path that long helps nobody. */
  private static String within(String path, String step) {
    return path.length() > LONGEST_PATH ? path : path + step;
  }

  private void add(String path, Object value) {
    if (value != null) {
      open.push(new HiddenTensor(path, value));
    }
  }
}
