package dev.collapsar.learn.evaluation;

import static org.bytedeco.pytorch.global.torch.empty;
import static org.bytedeco.pytorch.global.torch.from_file;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Sha256;
import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.batch.Samples;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.Digests;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.Weights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The values of samples before a network's first layer that moves, evaluated once for each set of
 * them and kept: in memory, or in a mapped file when it is large. Found again by the SHA-256 of the
 * layers' values and the samples' fingerprint, so whatever else differs between two networks (a
 * head, an adapter) shares it. Owns the memory and the files.
 */
public final class FeatureCache implements AutoCloseable {
  private static final int BATCH = 128;

  /** More values than these times an image's are not worth their place. */
  private static final int MOST_GROWTH = 8;

  /** In what the layers compute; what they make is kept in single precision. */
  public enum Precision {
    FP32(ScalarType.Float),
    BF16(ScalarType.BFloat16);

    private final ScalarType type;

    Precision(ScalarType type) {
      this.type = type;
    }
  }

  private final long memory;
  private final Map<String, Tensor> kept = new HashMap<>();
  private final List<Path> files = new ArrayList<>();
  private final Map<Network, Fingerprint> fingerprints = new WeakHashMap<>();
  private final Map<String, Long> widths = new HashMap<>();
  private Precision precision = Precision.FP32;
  private long used;

  /** The digest of a network's first layers, as of these versions of their tensors. */
  private record Fingerprint(String entry, List<Long> versions, String sha256) {}

  /**
   * @param memory bytes that are kept in memory at most; what comes after lies in files
   */
  public FeatureCache(long memory) {
    this.memory = memory;
  }

  /** For what is computed from now on. */
  public void setPrecision(Precision precision) {
    this.precision = precision;
  }

  /**
   * Why this network evaluates all its layers for every batch of the pass; empty if it need not.
   */
  public Optional<String> obstacle(Network network, OrderedBatches pass) {
    if (network.driftingBatchNorms()) {
      return Optional.of("batch normalisation drifts with every batch");
    }
    if (network.firstMoving().isEmpty()) {
      return Optional.of("no layer is frozen before the first one that is trained");
    }
    Samples samples = pass.samples();
    if (samples.drawnBy().isPresent()) {
      return Optional.of(
          "%s changes the images at random".formatted(samples.drawnBy().orElseThrow()));
    }
    long width = width(network, pass);
    if (width > MOST_GROWTH * samples.input().size()) {
      return Optional.of(
          "what enters %s is %s values an image of %s"
              .formatted(network.firstMoving(), width, samples.input().size()));
    }
    long bytes = width * Float.BYTES * samples.count();
    if (used + bytes > memory && bytes > spaceLeft()) {
      return Optional.of(
          "%s MB find no place in memory or among temporary files".formatted(bytes >> 20));
    }
    return Optional.empty();
  }

  private static long spaceLeft() {
    return Path.of(System.getProperty("java.io.tmpdir")).toFile().getUsableSpace();
  }

  /** How many values of one image enter the first layer that moves. */
  private long width(Network network, OrderedBatches pass) {
    String entry = network.firstMoving();
    return widths.computeIfAbsent(
        network.structure() + entry + pass.samples().input().shape(),
        key -> {
          network.setTraining(false);
          OrderedBatches one =
              new OrderedBatches(pass.samples(), 1, new int[] {pass.order()[0]}, pass.seed());
          return TensorScope.withinWithoutGradients(
              () -> network.until(entry).forward(one.input(0)).numel());
        });
  }

  /** Whether {@link #batches} would have to evaluate the layers first. */
  public boolean lacks(Network network, OrderedBatches pass) {
    return obstacle(network, pass).isEmpty() && !kept.containsKey(key(network, pass));
  }

  /**
   * The samples of the pass, in its order and batches, as far as the network's frozen layers bring
   * them; the pass itself if there is an obstacle. Good until this is closed.
   *
   * @param evaluated hears how many images were just evaluated, if any must be; may throw to stop
   */
  public Batches batches(Network network, OrderedBatches pass, IntConsumer evaluated) {
    if (obstacle(network, pass).isPresent()) {
      return pass;
    }
    String key = key(network, pass);
    Tensor rows = kept.get(key);
    if (rows == null) {
      rows = evaluate(network.until(network.firstMoving()), pass, evaluated);
      kept.put(key, rows);
    }
    return new CachedBatches(pass, network.firstMoving(), key, rows);
  }

  private Tensor evaluate(Network first, OrderedBatches pass, IntConsumer evaluated) {
    first.setTraining(false);
    Samples samples = pass.samples();
    OrderedBatches inOrder = OrderedBatches.inOrder(samples, BATCH, pass.seed());
    Tensor[] rows = new Tensor[1];
    try {
      for (int i = 0; i < inOrder.batches(); i++) {
        int batch = i;
        TensorScope.runWithoutGradients(
            () -> {
              Tensor inputs = inOrder.input(batch).only().to(precision.type);
              Tensor outputs = first.forward(inputs); // (n,...)
              Tensor laid = outputs.dim() == 4 ? outputs.permute(0, 2, 3, 1) : outputs;
              if (rows[0] == null) {
                rows[0] = allocate(samples.count(), laid.shape());
              }
              rows[0].narrow(0, (long) batch * BATCH, laid.size(0)).copy_(laid);
            });
        evaluated.accept(inOrder.size(i));
      }
      return rows[0];
    } catch (RuntimeException e) {
      if (rows[0] != null) {
        TensorScope.free(rows[0]);
      }
      throw e;
    }
  }

  /** Rows of this shape, of which the first dimension is one batch's. */
  private Tensor allocate(int count, long[] shape) {
    long[] whole = shape.clone();
    whole[0] = count;
    long elements = 1;
    for (long size : whole) {
      elements *= size;
    }
    long bytes = elements * Float.BYTES;
    if (used + bytes <= memory) {
      used += bytes;
      return TensorScope.keep(empty(whole));
    }
    return TensorScope.keep(mapped(elements).view(whole));
  }

  private Tensor mapped(long elements) {
    try {
      Path file = Files.createTempFile("collapsar-features", ".f32");
      files.add(file);
      return from_file(
          file.toString(),
          new BoolOptional(true),
          new LongOptional(elements),
          new TensorOptions(ScalarType.Float));
    } catch (IOException e) {
      throw InvalidInputException.because(
          "features cannot be kept in %s (-Djava.io.tmpdir)"
              .formatted(System.getProperty("java.io.tmpdir")),
          e);
    }
  }

  private String key(Network network, OrderedBatches pass) {
    return String.join(" ", fingerprint(network), pass.samples().fingerprint(), precision.name());
  }

  /** Taken anew when LibTorch's count of changes of one of the tensors has moved. */
  private String fingerprint(Network network) {
    String entry = network.firstMoving();
    Weights weights = network.until(entry).weights();
    Map<String, Tensor> tensors = weights.state();
    tensors.putAll(weights.reparametrizationParameters());
    List<Long> versions = tensors.values().stream().map(Tensor::__dispatch__version).toList();
    Fingerprint known = fingerprints.get(network);
    if (known == null || !known.entry.equals(entry) || !known.versions.equals(versions)) {
      String digests = network.structure() + Digests.sha256(tensors).toString();
      known = new Fingerprint(entry, versions, Sha256.of(digests));
      fingerprints.put(network, known);
    }
    return known.entry + " " + known.sha256;
  }

  @Override
  public void close() {
    kept.values().forEach(TensorScope::free);
    kept.clear();
    try {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete files of features", e);
    }
    files.clear();
  }
}
