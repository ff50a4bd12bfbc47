package dev.collapsar.learn.evidence;

import static org.bytedeco.pytorch.global.torch.eye;

import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evidence.WeightUpdates.Moved;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.Weight;
import dev.collapsar.learn.weight.WeightSite;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.update.SpanOverlap;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * Where the updates of layers other than the head point: overlaps with the span of the class means
 * of what enters each layer, beside chance in closed form. A convolution's input is what one filter
 * sees, (in kh kw), averaged over its places. Rows of these weights are no classes, so the signed
 * cosine does not exist for them.
 */
public final class LayerOverlaps {
  /** Above it the singular vectors of an update and a matrix of D x D patches are left out. */
  private static final int WIDEST = 2048;

  /** Of all class means together, 256 MB. */
  private static final long MOST_VALUES = 1L << 25;

  private final Network network;
  private final Map<String, Matrix> updates = new LinkedHashMap<>();
  private final Map<String, Matrix> fromStart = new LinkedHashMap<>(); // those of low rank
  private final Map<String, WeightSite> sites = new LinkedHashMap<>();
  private final Map<TapPoint, long[]> shapes = new LinkedHashMap<>(); // of one sample
  private final Map<TapPoint, double[][]> sums = new LinkedHashMap<>(); // (K,d)
  private long held;

  private LayerOverlaps(Network network, WeightUpdates seen) {
    this.network = network;
    Map<String, Weight> weights = network.weights().all();
    Map<Weight, String> modules = new LinkedHashMap<>();
    network
        .weights()
        .sites()
        .forEach(
            (module, site) -> {
              if (site.kind() != WeightSite.Kind.EMBEDDING
                  && !module.equals(network.head().name())) {
                sites.put(module, site);
                modules.put(site.weight(), module);
              }
            });
    for (Moved weight : seen.moved(network)) {
      String module = modules.get(weights.get(weight.name()));
      if (module != null) {
        updates.put(module, weight.update());
        seen.fromStart(network, weight.name()).ifPresent(less -> fromStart.put(module, less));
      }
    }
  }

  /**
   * The four overlaps of {@link SpanOverlap} with their columns, by the module's dotted name; of
   * updates of low rank also those of B (A - A_0).
   *
   * @param now the network after its training, of which {@code updates} saw the beginning
   * @param pass the images whose class means are taken; nothing passes where nothing has moved
   * @param evaluated hears how many images were just evaluated, and 0 before each layer, whose
   *     singular vectors may take seconds; may throw to stop
   */
  public static Map<String, List<Measurement>> of(
      Network now, WeightUpdates updates, Batches pass, IntConsumer evaluated) {
    LayerOverlaps overlaps = new LayerOverlaps(now, updates);
    if (overlaps.updates.isEmpty()) {
      return Map.of();
    }
    return now.weights().isInSlots() ? overlaps.unknown() : overlaps.found(pass, evaluated);
  }

  /** Code that others wrote shows what passes, but not how a weight meets it. */
  private Map<String, List<Measurement>> unknown() {
    Map<String, List<Measurement>> found = new LinkedHashMap<>();
    updates
        .keySet()
        .forEach(
            module ->
                found.put(
                    module,
                    HeadEvidence.unknownOverlaps(
                        "of a layer in another's code it is not known what its weight is"
                            + " multiplied by")));
    return found;
  }

  private Map<String, List<Measurement>> found(Batches pass, IntConsumer evaluated) {
    List<TapPoint> taps =
        updates.keySet().stream()
            .filter(module -> obstacle(module).isEmpty())
            .map(TapPoint::input)
            .toList();
    long[] counts = new long[network.head().classes()];
    if (!taps.isEmpty()) {
      Evaluation.listen(
          network,
          pass,
          taps,
          (tap, values, labels, at) -> {
            heard(tap, values, labels);
            for (int label : labels) {
              counts[label] += tap.equals(taps.get(0)) ? 1 : 0;
            }
          },
          evaluated);
    }
    Map<String, List<Measurement>> found = new LinkedHashMap<>();
    updates.forEach(
        (module, update) -> {
          evaluated.accept(0);
          found.put(module, of(module, update, counts));
        });
    return found;
  }

  private void heard(TapPoint tap, Tensor values, int[] labels) {
    if (!shapes.containsKey(tap)) {
      long[] shape = Arrays.copyOfRange(values.shape(), 1, (int) values.dim());
      shapes.put(tap, shape);
      int classes = network.head().classes();
      long width = Arrays.stream(shape).reduce(1, Math::multiplyExact);
      if (classes * width <= MOST_VALUES - held) {
        held += classes * width;
        sums.put(tap, new double[classes][(int) width]);
      }
    }
    if (sums.containsKey(tap)) {
      add(sums.get(tap), values, labels);
    }
  }

  private static void add(double[][] sums, Tensor values, int[] labels) {
    float[] rows = TensorBridge.toFloats(values); // (n,...)
    int width = rows.length / labels.length;
    for (int i = 0; i < labels.length; i++) {
      double[] sum = sums[labels[i]];
      for (int j = 0; j < width; j++) {
        sum[j] += rows[i * width + j];
      }
    }
  }

  /** Why a layer has no overlaps, as far as that is known before anything passes. */
  private Optional<String> obstacle(String module) {
    int width = updates.get(module).columns();
    if (sites.get(module).groups() > 1) {
      return Optional.of("the groups of a convolution see inputs of their own");
    }
    if (width < 2) {
      return Optional.of("a layer of one input has one direction");
    }
    return width > WIDEST
        ? Optional.of(
            "takes singular vectors in %s dimensions, which are left out above %s"
                .formatted(width, WIDEST))
        : Optional.empty();
  }

  private List<Measurement> of(String module, Matrix update, long[] counts) {
    Optional<String> obstacle = obstacle(module);
    if (obstacle.isPresent()) {
      return HeadEvidence.unknownOverlaps(obstacle.get());
    }
    TapPoint tap = TapPoint.input(module);
    if (!sums.containsKey(tap)) {
      return HeadEvidence.unknownOverlaps(
          "the class means of what enters it are too large to be kept");
    }
    Matrix means = means(sites.get(module), shapes.get(tap), sums.get(tap), counts);
    return new HeadEvidence(update, Optional.ofNullable(fromStart.get(module)), means)
        .overlaps(true);
  }

  /**
   * Class means (K,D) of what the weight's rows are multiplied by: the layer's own map, by the unit
   * vectors as weights, of the class means of its inputs, averaged over places.
   */
  private static Matrix means(WeightSite site, long[] shape, double[][] sums, long[] counts) {
    int classes = sums.length;
    int width =
        Math.toIntExact(site.weight().original().numel() / site.weight().original().size(0));
    double[] means = new double[classes * width];
    for (int k = 0; k < classes; k++) { // one at a time: what filters see is many times as large
      double[] mean = sums[k].clone();
      for (int j = 0; j < mean.length; j++) {
        mean[j] /= counts[k]; // NaN without samples
      }
      System.arraycopy(seen(site, shape, mean), 0, means, k * width, width);
    }
    return Matrix.of(classes, width, means);
  }

  /** Of one class, (D). */
  private static double[] seen(WeightSite site, long[] shape, double[] mean) {
    return TensorScope.withinWithoutGradients(
        () -> {
          long[] all = new long[shape.length + 1];
          all[0] = 1;
          System.arraycopy(shape, 0, all, 1, shape.length);
          Tensor inputs = TensorBridge.doubles(mean, all); // (1,...)
          long[] unit = site.weight().original().shape();
          int width = Math.toIntExact(site.weight().original().numel() / unit[0]);
          unit[0] = width;
          Tensor units = eye(width).to(inputs.scalar_type()).view(unit); // (D,D) as weights
          Tensor seen = site.map().map(inputs, units); // (1,D,h,w) or (1,...,D)
          Tensor rows =
              site.kind() == WeightSite.Kind.CONV2D
                  ? seen.flatten(2, -1).mean(new long[] {2}, false, new ScalarTypeOptional())
                  : seen.reshape(1, -1, width).mean(1);
          return TensorBridge.toDoubles(rows); // (1,D)
        });
  }
}
