package dev.collapsar.learn.checkpoint;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A network's state as a file holds it: what {@code torch.save} wrote (the zip form and the one
 * before it) or a safetensors file, told apart by their bytes and not by their names.
 *
 * <p>A pickle is never executed: a name in it that is no tensor and no plain value stays a name,
 * and a file of nothing else is refused.
 *
 * @param tensors the state dict in the file's order: the file's only dictionary, or the one under
 *     {@code model_state_dict}, {@code state_dict} or {@code model}. A prefix {@code module.} or
 *     {@code _orig_mod.} (a parallel or compiled model's) that all names share is taken off.
 *     Contiguous; tensors that share memory in the file share it here
 * @param numbers the other values of the top dictionary that are numbers, such as {@code epoch}
 * @param texts those that are text; of a safetensors file its metadata
 * @param tensorLists those that are a tensor (a list of one) or a list of tensors, such as feedback
 *     matrices
 */
public record Checkpoint(
    Map<String, StoredTensor> tensors,
    Map<String, Number> numbers,
    Map<String, String> texts,
    Map<String, List<StoredTensor>> tensorLists) {

  private static final List<String> STATE_KEYS = List.of("model_state_dict", "state_dict", "model");
  // A parallel model may have been compiled, and a compiled one made parallel.
  private static final List<String> WRAPPERS = List.of("module.", "_orig_mod.", "module.");
  private static final int LONGEST_MESSAGE = 500;

  public Checkpoint {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    numbers = Collections.unmodifiableMap(new LinkedHashMap<>(numbers));
    texts = Collections.unmodifiableMap(new LinkedHashMap<>(texts));
    tensorLists = Collections.unmodifiableMap(new LinkedHashMap<>(tensorLists));
  }

  /**
   * Reads a checkpoint of any of the kinds above.
   *
   * @throws InvalidInputException if the file is missing, of another kind, cut short, contradicts
   *     itself, holds no tensors, or something else where a tensor belongs
   */
  public static Checkpoint read(Path path) {
    try {
      byte[] start = start(path);
      if (start.length == 9 && start[8] == '{') { // eight bytes of length, then JSON
        SafeTensors file = SafeTensors.read(path);
        return new Checkpoint(unwrapped(file.tensors()), Map.of(), file.metadata(), Map.of());
      }
      if (start.length > 2 && start[0] == 'P' && start[1] == 'K') {
        try (TorchFile file = new ZipTorchFile(path)) {
          return of(file);
        }
      }
      if (start.length > 2 && start[0] == (byte) 0x80) {
        try (TorchFile file = new LegacyTorchFile(path)) {
          return of(file);
        }
      }
      throw new IOException("neither a torch.save file nor a safetensors file");
    } catch (NoSuchFileException e) {
      throw new InvalidInputException(path + ": no such file", e);
    } catch (IOException e) {
      // Names inside hostile files must not break the line or flood the terminal.
      String line = (path + ": " + e.getMessage()).replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]", "?");
      throw new InvalidInputException(
          line.length() <= LONGEST_MESSAGE ? line : line.substring(0, LONGEST_MESSAGE) + "...", e);
    }
  }

  private static byte[] start(Path path) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new IOException("is no regular file");
    }
    try (InputStream in = Files.newInputStream(path)) {
      return in.readNBytes(9);
    }
  }

  private static Checkpoint of(TorchFile file) throws IOException {
    if (!(file.root() instanceof Map<?, ?> top)) {
      throw new IOException(refusal(file.root()));
    }
    String stateKey =
        STATE_KEYS.stream().filter(key -> top.get(key) instanceof Map).findFirst().orElse(null);
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    if (stateKey != null) {
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) top.get(stateKey)).entrySet()) {
        if (!(entry.getValue() instanceof TensorView view)) {
          throw new IOException(
              "%s['%s'] is %s, not a tensor"
                  .formatted(stateKey, plain(entry.getKey()), plain(entry.getValue())));
        }
        tensors.put(plain(entry.getKey()), view.read(file));
      }
    }
    Map<String, Number> numbers = new LinkedHashMap<>();
    Map<String, String> texts = new LinkedHashMap<>();
    Map<String, List<StoredTensor>> lists = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : top.entrySet()) {
      String key = plain(entry.getKey());
      Object value = entry.getValue();
      if (value instanceof Number number) {
        numbers.put(key, number);
      } else if (value instanceof String text) {
        texts.put(key, text);
      } else if (value instanceof TensorView view) {
        if (stateKey == null) {
          tensors.put(key, view.read(file));
        } else {
          lists.put(key, List.of(view.read(file)));
        }
      } else if (value instanceof List<?> list
          && !list.isEmpty()
          && list.stream().allMatch(TensorView.class::isInstance)) {
        lists.put(key, readAll(list, file));
      }
    }
    if (tensors.isEmpty()) {
      throw new IOException(refusal(top));
    }
    return new Checkpoint(unwrapped(tensors), numbers, texts, lists);
  }

  private static List<StoredTensor> readAll(List<?> views, TorchFile file) throws IOException {
    List<StoredTensor> read = new ArrayList<>();
    for (Object view : views) {
      read.add(((TensorView) view).read(file));
    }
    return List.copyOf(read);
  }

  /**
   * The tensors without the prefixes {@code module.} and {@code _orig_mod.} that all names share.
   */
  public static Map<String, StoredTensor> unwrapped(Map<String, StoredTensor> tensors) {
    Map<String, StoredTensor> unwrapped = tensors;
    for (String wrapper : WRAPPERS) {
      if (unwrapped.keySet().stream().allMatch(name -> name.startsWith(wrapper))) {
        Map<String, StoredTensor> renamed = new LinkedHashMap<>();
        unwrapped.forEach((name, tensor) -> renamed.put(name.substring(wrapper.length()), tensor));
        unwrapped = renamed;
      }
    }
    return unwrapped;
  }

  private static String refusal(Object root) {
    return "holds %s, not a state dict of tensors (nothing in it was executed);"
            .formatted(plain(root))
        + " save model.state_dict() instead";
  }

  /** A value in a few words; of containers only the kind, for they may contain themselves. */
  private static String plain(Object value) {
    if (value instanceof Inert inert) {
      return "a Python object " + inert.name();
    }
    if (value instanceof Map<?, ?> map) {
      return "a dictionary of %d entries".formatted(map.size());
    }
    if (value instanceof List<?> list) {
      return "a list of %d items".formatted(list.size());
    }
    if (value instanceof Object[] tuple) {
      return "a tuple of %d items".formatted(tuple.length);
    }
    if (value instanceof TensorView view) {
      return "a tensor of %d dimensions".formatted(view.shape().length);
    }
    if (value instanceof byte[] bytes) {
      return "%d bytes".formatted(bytes.length);
    }
    return String.valueOf(value);
  }
}
