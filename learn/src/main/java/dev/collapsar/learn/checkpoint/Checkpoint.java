package dev.collapsar.learn.checkpoint;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import dev.collapsar.data.InputFile;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.data.TensorFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipException;

/**
 * A network's state as a file holds it: what {@code torch.save} wrote (the zip form and the one
 * before it) or a safetensors file, told apart by their bytes and not by their names.
 *
 * <p>A pickle is never executed: a name in it that is no tensor and no plain value stays a name,
 * and a file of nothing else is refused.
 *
 * <p>A tensor of the state dict that is not understood (sparse, quantised, of a class of its own,
 * where it is not only to be copied also complex or of 8-bit floats) makes the whole file refused:
 * a state dict is never read with fewer tensors than it has.
 *
 * @param tensors the state dict in the file's order: the file's only dictionary, or the one under a
 *     usual key such as {@code model_state_dict}, {@code state_dict}, {@code model} or {@code net}.
 *     A prefix {@code module.} or {@code _orig_mod.} (a parallel or compiled model's) that all
 *     names share is taken off, and in a Lightning checkpoint {@code model.}. Contiguous; tensors
 *     that share memory in the file share it here
 * @param copied the tensors of the state dict that are of none of our types, as {@link #readToCopy}
 *     finds them
 * @param numbers the other values of the top dictionary that are numbers, such as {@code epoch}
 * @param texts those that are text; of a safetensors file its metadata
 * @param tensorLists those that are a tensor (a list of one) or a list of tensors, such as feedback
 *     matrices
 * @param notes a line each on which of several dictionaries was taken, and on what is in the file
 *     and in none of the others
 */
public record Checkpoint(
    Map<String, StoredTensor> tensors,
    Map<String, FileTensor> copied,
    Map<String, Number> numbers,
    Map<String, String> texts,
    Map<String, List<StoredTensor>> tensorLists,
    List<String> notes) {

  // A parallel model may have been compiled, and a compiled one made parallel.
  private static final List<String> WRAPPERS = List.of("module.", "_orig_mod.", "module.");
  private static final int LONGEST_MESSAGE = 500;

  public Checkpoint {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    copied = Collections.unmodifiableMap(new LinkedHashMap<>(copied));
    numbers = Collections.unmodifiableMap(new LinkedHashMap<>(numbers));
    texts = Collections.unmodifiableMap(new LinkedHashMap<>(texts));
    tensorLists = Collections.unmodifiableMap(new LinkedHashMap<>(tensorLists));
    notes = List.copyOf(notes);
  }

  /**
   * Reads a checkpoint of any of the kinds above.
   *
   * @throws InvalidInputException if the file is missing, of another kind, cut short, contradicts
   *     itself, holds no tensors, or something else where a tensor belongs
   */
  public static Checkpoint read(Path path) {
    return read(path, false);
  }

  /**
   * Likewise; what is only copied, a file of {@code torch.save} may hold in any type that
   * safetensors has a name for.
   *
   * @throws InvalidInputException likewise
   */
  public static Checkpoint readToCopy(Path path) {
    return read(path, true);
  }

  private static Checkpoint read(Path path, boolean copying) {
    try {
      byte[] start = start(path);
      if (start.length > 8 && start[8] == '{') { // eight bytes of length, then JSON
        SafeTensors file = SafeTensors.read(path);
        return new Checkpoint(
            unwrapped(file.tensors()), Map.of(), Map.of(), file.metadata(), Map.of(), List.of());
      }
      if (start.length > 2 && start[0] == 'P' && start[1] == 'K') {
        try (TorchFile file = zip(path)) {
          return new PickledState(file, copying).read();
        }
      }
      if (start.length > 2 && start[0] == (byte) 0x80) {
        try (TorchFile file = new LegacyTorchFile(path)) {
          return new PickledState(file, copying).read();
        }
      }
      throw new IOException("neither a torch.save file nor a safetensors file");
    } catch (IOException e) {
      // Names inside hostile files must not break the line or flood the terminal.
      String line =
          InvalidInputException.because(path.toString(), e)
              .getMessage()
              .replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]", "?");
      throw new InvalidInputException(
          line.length() <= LONGEST_MESSAGE ? line : line.substring(0, LONGEST_MESSAGE) + "...", e);
    }
  }

  /** The state dict as if it were a file of tensors. */
  public TensorFile file(String name, Map<String, String> metadata) {
    Map<String, FileTensor> all = new LinkedHashMap<>();
    tensors.forEach((key, tensor) -> all.put(key, FileTensor.of(key, tensor)));
    all.putAll(copied);
    return TensorFile.of(name, all, metadata);
  }

  /** What the file holds beside its state dict and no network needs, a line each. */
  public List<String> besides() {
    return Stream.of(numbers, texts, tensorLists)
        .flatMap(others -> others.keySet().stream())
        .map(name -> "not kept: " + name + ", outside of the state dict")
        .toList();
  }

  private static TorchFile zip(Path path) throws IOException {
    try {
      return new ZipTorchFile(path);
    } catch (ZipException e) {
      throw new IOException("is cut short or damaged, no whole zip: " + e.getMessage(), e);
    }
  }

  private static byte[] start(Path path) throws IOException {
    InputFile.require(path);
    try (InputStream in = Files.newInputStream(path)) {
      return in.readNBytes(9);
    }
  }

  /**
   * The tensors without the prefixes {@code module.} and {@code _orig_mod.} that all names share.
   */
  public static <T> Map<String, T> unwrapped(Map<String, T> tensors) {
    Map<String, T> unwrapped = tensors;
    for (String wrapper : WRAPPERS) {
      if (unwrapped.keySet().stream().allMatch(name -> name.startsWith(wrapper))) {
        unwrapped = without(wrapper, unwrapped);
      }
    }
    return unwrapped;
  }

  /** The tensors by what follows this prefix of their names. */
  static <T> Map<String, T> without(String prefix, Map<String, T> tensors) {
    Map<String, T> renamed = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> renamed.put(name.substring(prefix.length()), tensor));
    return renamed;
  }
}
