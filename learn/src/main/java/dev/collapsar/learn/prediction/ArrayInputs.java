package dev.collapsar.learn.prediction;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ArrayFile;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.StoredArray;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.tensor.TensorBridge;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;

/**
 * Arrays of a file (.npy, .npz or .safetensors) as they enter a network: nothing is scaled, cut or
 * converted. Holds none of them: each batch is read when it is asked for.
 */
public final class ArrayInputs implements Batches, AutoCloseable {
  private static final Set<String> LABELS = Set.of("labels", "label", "y", "Y", "targets");
  private static final long BATCH_BYTES = 16 << 20;
  private static final int LARGEST_BATCH = 256;

  private final ArrayFile file;
  private final Map<String, StoredArray> inputs = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();
  private final int count;
  private final int batchSize;
  private StoredArray labels; // null if there are none

  private ArrayInputs(
      ArrayFile file, String address, List<String> names, List<String> needed, int batchSize) {
    this.file = file;
    choose(address, names, needed);
    count = Math.toIntExact(inputs.values().iterator().next().shape()[0]);
    requireAsMany(address);
    this.batchSize = batchSize > 0 ? batchSize : usualBatch();
  }

  /**
   * Opens the arrays for a network.
   *
   * @param address {@code FILE}, or {@code FILE#NAME} for one array of it
   * @param names of the tensors that the network takes
   * @param needed those that it cannot do without; if that is one, the only array but for labels
   *     may have any name
   * @param batchSize samples at once; 0 for as many as take little memory
   * @throws InvalidInputException if the file cannot be read, lacks an array, or the arrays do not
   *     count the same samples
   */
  public static ArrayInputs open(
      String address, List<String> names, List<String> needed, int batchSize) {
    ArrayFile file = ArrayFile.open(address);
    try {
      return new ArrayInputs(file, address, names, needed, batchSize);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private void choose(String address, List<String> names, List<String> needed) {
    Map<String, StoredArray> others = new LinkedHashMap<>();
    for (StoredArray array : file.wanted()) {
      if (names.contains(array.name())) {
        inputs.put(array.name(), array);
      } else if (LABELS.contains(array.name()) && isLabels(array) && file.wanted().size() > 1) {
        labels = array;
      } else {
        others.put(array.name(), array);
      }
    }
    if (inputs.isEmpty() && needed.size() <= 1 && others.size() == 1) {
      inputs.put(names.get(0), others.values().iterator().next());
      others.clear();
    }
    if (inputs.isEmpty() || !inputs.keySet().containsAll(needed)) {
      throw new InvalidInputException(
          "--data %s: the network takes %s; the file holds %s"
              .formatted(
                  address,
                  String.join(", ", needed.isEmpty() ? names.subList(0, 1) : needed),
                  file.wanted().stream()
                      .map(StoredArray::toString)
                      .collect(Collectors.joining(", "))));
    }
    others.keySet().forEach(name -> notes.add("array %s is left out".formatted(name)));
    inputs.values().forEach(array -> requireRows(address, array));
  }

  private static boolean isLabels(StoredArray array) {
    ElementType type = array.type();
    long[] shape = array.shape();
    boolean column = shape.length == 1 || shape.length == 2 && shape[1] == 1;
    return type != null && !type.isFloating() && type != ElementType.BOOL && column;
  }

  private static void requireRows(String address, StoredArray array) {
    long[] shape = array.shape();
    boolean rows = shape.length > 0 && shape[0] > 0 && shape[0] <= Integer.MAX_VALUE;
    if (!rows) {
      throw new InvalidInputException(
          "--data %s: %s: samples are counted by the first dimension, of at least 1"
              .formatted(address, array));
    }
    StoredTensor.ofRows(array, 0, 1); // or it says why it cannot be read
  }

  private void requireAsMany(String address) {
    List<StoredArray> all = new ArrayList<>(inputs.values());
    Optional.ofNullable(labels).ifPresent(all::add);
    if (all.stream().anyMatch(array -> array.shape()[0] != count)) {
      throw new InvalidInputException(
          "--data %s: its arrays are of different numbers of samples: %s"
              .formatted(
                  address,
                  all.stream().map(StoredArray::toString).collect(Collectors.joining(", "))));
    }
  }

  private int usualBatch() {
    long bytes = 0;
    for (StoredArray array : inputs.values()) {
      bytes += StoredTensor.ofRows(array, 0, 1).data().remaining();
    }
    return (int) Math.max(1, Math.min(LARGEST_BATCH, BATCH_BYTES / Math.max(1, bytes)));
  }

  /** What the file says of the samples' classes, (count); empty if nothing. */
  public Optional<int[]> labels() {
    return Optional.ofNullable(labels).map(this::numbers);
  }

  private int[] numbers(StoredArray array) {
    long[] wide = new long[count];
    array.integers(0, count, ByteBuffer.allocate(StoredArray.CHUNK), wide);
    return Arrays.stream(wide).mapToInt(Math::toIntExact).toArray();
  }

  /** What is not used of the file, a sentence each. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  /** The element types of the arrays by their names. */
  public Map<String, ElementType> types() {
    Map<String, ElementType> types = new LinkedHashMap<>();
    inputs.forEach((name, array) -> types.put(name, array.type()));
    return types;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public int batchSize() {
    return batchSize;
  }

  /** Nobody names them. */
  @Override
  public List<String> classes() {
    return List.of();
  }

  @Override
  public Input input(int i) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    inputs.forEach(
        (name, array) ->
            named.put(
                name,
                TensorBridge.tensor(StoredTensor.ofRows(array, (long) i * batchSize, size(i)))));
    return new Input(named);
  }

  /** All 0: classes are {@link #labels()}. */
  @Override
  public int[] labels(int i) {
    return new int[size(i)];
  }

  @Override
  public void close() {
    file.close();
  }
}
