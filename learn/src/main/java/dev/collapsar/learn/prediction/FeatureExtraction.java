package dev.collapsar.learn.prediction;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.NpyOutput;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;

/**
 * The features that a network in evaluation mode computes of samples, written to a file batch by
 * batch: never more than one is in memory.
 */
public final class FeatureExtraction {
  /** What the representation is called where nothing else was asked for. */
  public static final String FEATURES = "features";

  /** What the network's output is called. */
  public static final String LOGITS = "logits";

  /** What the samples' classes are called. */
  public static final String LABELS = "labels";

  private final Network network;
  private final Map<TapPoint, String> taps = new LinkedHashMap<>();
  private final boolean logits;

  /**
   * @param names of taps, each written in its module's own shape under its name; with neither names
   *     nor logits the representation is written as {@value #FEATURES}
   * @param logits whether the output is written
   * @throws InvalidInputException if a name is no tap's, or two arrays would have one name
   */
  public FeatureExtraction(Network network, List<String> names, boolean logits) {
    this.network = network;
    this.logits = logits;
    if (names.isEmpty() && !logits) {
      taps.put(representation(), FEATURES);
    }
    List<String> known = network.modules();
    for (String name : names) {
      boolean representation = name.equals(Network.REPRESENTATION);
      if (!representation && !known.contains(name)) {
        throw new InvalidInputException(
            "--tap %s: %s has no such tap; its taps are %s"
                    .formatted(name, network.name(), String.join(", ", known))
                + (network.hasHead() ? ", " + Network.REPRESENTATION : ""));
      }
      TapPoint point = representation ? representation() : TapPoint.output(name);
      boolean taken = name.equals(LOGITS) && logits || name.equals(LABELS);
      if (taken || taps.put(point, name) != null) {
        throw new InvalidInputException(
            "--tap %s: another array of that name is written already".formatted(name));
      }
    }
  }

  /** The type that real numbers enter in; empty if the network has no tensor that says. */
  public static Optional<ElementType> precision(Network network) {
    return network.weights().state().values().stream()
        .filter(Tensor::is_floating_point)
        .map(TensorBridge::elementType)
        .findFirst();
  }

  private TapPoint representation() {
    try {
      return network.representation();
    } catch (InvalidInputException e) {
      throw new InvalidInputException(
          e.getMessage() + " (--logits and --tap NAME write what needs no head)", e);
    }
  }

  /**
   * An array that was written.
   *
   * @param shape of all samples
   */
  public record Written(String name, ElementType type, List<Long> shape) {}

  /**
   * Writes all of it, as numpy.savez does; the file gets its name when it is whole.
   *
   * @param labels of the samples, (count); empty if nobody knows them
   * @param evaluated hears how many samples more are done; may throw to stop
   * @throws InvalidInputException if the network cannot compute the samples, the logits are not
   *     (n,K), a tap's values do not come sample by sample, or the file cannot be written
   */
  public List<Written> write(
      Batches samples, Optional<int[]> labels, Path file, IntConsumer evaluated) {
    network.setTraining(false);
    Map<String, StoredTensor> first = values(samples, 0);
    Map<String, Long> each = rowsEach(samples, first);
    List<NpyOutput.Head> heads = new ArrayList<>();
    labels.ifPresent(known -> heads.add(new NpyOutput.Head(LABELS, ElementType.I64, known.length)));
    first.forEach(
        (name, tensor) -> {
          long[] shape = tensor.shape();
          if (each.containsKey(name)) {
            shape[0] = each.get(name) * samples.count();
          }
          heads.add(new NpyOutput.Head(name, tensor.type(), shape));
        });
    NpyOutput.writeNpz(
        file,
        heads,
        out -> {
          labels.ifPresent(known -> out.append(LABELS, bytes(known)));
          append(out, first);
          evaluated.accept(samples.size(0));
          for (int i = 1; i < samples.batches(); i++) {
            Map<String, StoredTensor> next = next(samples, i, first, each);
            append(out, next);
            evaluated.accept(samples.size(i));
          }
        });
    return heads.stream()
        .map(
            head ->
                new Written(head.name(), head.type(), Arrays.stream(head.shape()).boxed().toList()))
        .toList();
  }

  private Map<String, StoredTensor> values(Batches samples, int i) {
    return TensorScope.withinWithoutGradients(() -> values(samples.input(i)));
  }

  /** In the order of the taps, the output last. */
  private Map<String, StoredTensor> values(Input input) {
    Map<String, StoredTensor> heard = new HashMap<>();
    Tensor output =
        taps.isEmpty()
            ? network.forward(input)
            : network.forward(
                input,
                taps.keySet(),
                (tap, value) -> heard.put(taps.get(tap), stored(taps.get(tap), value)));
    Map<String, StoredTensor> values = new LinkedHashMap<>();
    taps.values().forEach(name -> values.put(name, heard.get(name)));
    if (logits) {
      if (output.dim() != 2 || output.size(0) != input.count()) {
        throw new InvalidInputException(
            ("--logits: the output of %s has the shape %s for %s samples, not (samples,"
                    + " classes); --tap NAME writes a module's output as it is: %s")
                .formatted(
                    network.name(),
                    text(output.shape()),
                    input.count(),
                    String.join(", ", network.modules())));
      }
      values.put(LOGITS, stored(LOGITS, output));
    }
    return values;
  }

  private static StoredTensor stored(String name, Tensor tensor) {
    if (tensor.dim() == 0) {
      throw new InvalidInputException(name + ": is one number for all samples, none of a sample");
    }
    try {
      ElementType type = TensorBridge.elementType(tensor);
      // numpy knows no bfloat16; every one is a float32.
      return TensorBridge.stored(tensor, type == ElementType.BF16 ? ElementType.F32 : type);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException("%s: %s".formatted(name, e.getMessage()), e);
    }
  }

  /**
   * How many rows of each array belong to one sample, if there are several batches: 1, or more
   * where a module sees parts of images.
   */
  private Map<String, Long> rowsEach(Batches samples, Map<String, StoredTensor> first) {
    if (samples.batches() == 1) {
      return Map.of(); // whatever the shapes are
    }
    int n = samples.size(0);
    Optional<Map<String, StoredTensor>> fewer = ofFewer(samples, n);
    Map<String, Long> each = new LinkedHashMap<>();
    first.forEach(
        (name, tensor) -> {
          long rows = tensor.shape()[0] / n;
          boolean bySample =
              tensor.shape()[0] == rows * n
                  && fewer
                      .map(
                          values ->
                              Arrays.equals(
                                  values.get(name).shape(), with(tensor.shape(), rows * (n - 1))))
                      .orElse(true);
          if (!bySample) {
            throw new InvalidInputException(
                ("%s: has the shape %s for %s samples, of which the first dimension does"
                        + " not count them; --batch %s computes all at once and writes it as it"
                        + " is")
                    .formatted(name, text(tensor.shape()), n, samples.count()));
          }
          each.put(name, rows);
        });
    return each;
  }

  /** Of the first batch without its last sample; empty if that cannot be computed. */
  private Optional<Map<String, StoredTensor>> ofFewer(Batches samples, int n) {
    if (n == 1) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          TensorScope.withinWithoutGradients(
              () -> {
                Map<String, Tensor> part = new LinkedHashMap<>();
                samples
                    .input(0)
                    .named()
                    .forEach((name, tensor) -> part.put(name, tensor.narrow(0, 0, n - 1)));
                return values(new Input(part));
              }));
    } catch (InvalidInputException e) {
      return Optional.empty(); // its code may hold the number of samples that it was traced with
    }
  }

  private static long[] with(long[] shape, long rows) {
    long[] other = shape.clone();
    other[0] = rows;
    return other;
  }

  private Map<String, StoredTensor> next(
      Batches samples, int i, Map<String, StoredTensor> first, Map<String, Long> each) {
    Map<String, StoredTensor> next = values(samples, i);
    next.forEach(
        (name, tensor) -> {
          StoredTensor before = first.get(name);
          long[] wanted = with(before.shape(), each.get(name) * samples.size(i));
          if (!Arrays.equals(tensor.shape(), wanted) || tensor.type() != before.type()) {
            throw new InvalidInputException(
                ("%s: has the shape %s for %s samples and %s for %s before them; one"
                        + " array cannot hold both")
                    .formatted(
                        name,
                        text(tensor.shape()),
                        samples.size(i),
                        text(before.shape()),
                        samples.size(0)));
          }
        });
    return next;
  }

  /** As Python writes a tuple. */
  static String text(long[] shape) {
    String lengths =
        Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
    return "(" + lengths + (shape.length == 1 ? ",)" : ")");
  }

  private static void append(NpyOutput.Growing out, Map<String, StoredTensor> values) {
    values.forEach((name, tensor) -> out.append(name, tensor.data()));
  }

  private static ByteBuffer bytes(int[] labels) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(labels.length, Long.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int label : labels) {
      bytes.putLong(label);
    }
    return bytes.flip();
  }
}
