package dev.collapsar.learn.prediction;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.Normalized;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.linalg.Blas;
import dev.collapsar.random.Seed;
import dev.collapsar.stats.ClassMoments;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * A network that classifies, for many threads at once: images are decoded by who asks, and computed
 * one batch after the other by one thread of its own, so that LibTorch's threads are one team. Owns
 * the network.
 */
public final class Predictor implements AutoCloseable {
  private static final int BATCH = 64;

  private final Network network;
  private final Optional<FeatureReference> reference;
  private final Blas blas;
  private final ExecutorService worker =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "collapsar-predictor");
            thread.setDaemon(true);
            return thread;
          });

  private Predictor(Network network, Optional<FeatureReference> reference, Blas blas) {
    this.network = network;
    this.reference = reference;
    this.blas = blas;
    network.setTraining(false);
  }

  /**
   * Opens a network's file, or the best variant of a run.
   *
   * @throws InvalidInputException as {@link StoredNetworks#open} says
   */
  public static Predictor open(Path place) {
    return open(StoredNetworks.Choice.of(place));
  }

  /** Opens the network of a choice; of a run with what it keeps of the training features. */
  public static Predictor open(StoredNetworks.Choice choice) {
    return of(StoredNetworks.open(choice));
  }

  /** Of a network that was opened, which is closed with it. */
  public static Predictor of(StoredNetworks.Opened opened) {
    Blas blas = Blas.open(1);
    try {
      Optional<FeatureReference> reference =
          opened
              .variant()
              .map(RunVariant::moments)
              .filter(Files::isRegularFile)
              .map(file -> FeatureReference.read(file, blas));
      return new Predictor(opened.network(), reference, blas);
    } catch (RuntimeException e) {
      blas.close();
      opened.close();
      throw e;
    }
  }

  /**
   * Of a network and the moments of what it was trained on, as {@link FeatureReference#moments}
   * takes them.
   */
  public static Predictor of(StoredNetworks.Opened opened, ClassMoments moments) {
    Blas blas = Blas.open(1);
    return new Predictor(opened.network(), Optional.of(FeatureReference.of(moments, blas)), blas);
  }

  /** The classes' names by index. */
  public List<String> classes() {
    return network.card().classes();
  }

  /** Whether it is known what the network was trained on: nearest means, and what lies outside. */
  public boolean hasReference() {
    return reference.isPresent();
  }

  /** Whether it is known how far samples lie outside of that. */
  public boolean knowsOutliers() {
    return reference.flatMap(FeatureReference::outliers).isPresent();
  }

  /**
   * What it says of an image, as its card says that images enter.
   *
   * @param file a JPEG, PNG, WebP or BMP file's bytes
   * @throws InvalidInputException if it cannot be decoded, or nobody said how pixels enter
   */
  public Prediction predict(byte[] file) {
    return predict(List.of(file)).get(0);
  }

  /** What it says of images, likewise, as one batch. */
  public List<Prediction> predict(List<byte[]> files) {
    if (!(network.card().input().orElse(null) instanceof InputSpec.Image input)) {
      throw new InvalidInputException(
          network.name() + ": does not say how its pixels were scaled, nor of what size they are");
    }
    ImageSet images = CardImages.of(input, files).with(Normalized.entering(input));
    return predict(OrderedBatches.inOrder(images, Math.max(1, files.size()), new Seed(0)), n -> {});
  }

  /**
   * What it says of samples, in their order, as they enter.
   *
   * @param evaluated hears how many samples more are done
   */
  public List<Prediction> predict(Batches samples, IntConsumer evaluated) {
    List<Prediction> predictions = new ArrayList<>();
    for (int i = 0; i < samples.batches(); i++) {
      int batch = i;
      predictions.addAll(computed(() -> predicted(samples.input(batch))));
      evaluated.accept(samples.size(i));
    }
    return predictions;
  }

  /** By the one thread. */
  private <T> T computed(Supplier<T> work) {
    try {
      return worker.submit(() -> TensorScope.withinWithoutGradients(work)).get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while predicting", e);
    }
  }

  private List<Prediction> predicted(Input input) {
    float[][] features = new float[1][];
    List<TapPoint> taps = reference.isPresent() ? List.of(network.representation()) : List.of();
    Tensor output =
        taps.isEmpty()
            ? network.forward(input)
            : network.forward(
                input, taps, (tap, values) -> features[0] = TensorBridge.toFloats(values));
    if (output.dim() != 2 || output.size(0) != input.count()) {
      throw new InvalidInputException(
          "%s: its output has the shape %s for %s samples, not (samples, classes)"
              .formatted(network.name(), FeatureExtraction.text(output.shape()), input.count()));
    }
    int classes = Math.toIntExact(output.size(1));
    double[] logits = TensorBridge.toDoubles(output); // (n,K)
    Optional<FeatureReference.Place[]> places =
        reference.map(known -> known.places(features[0], blas));
    return IntStream.range(0, input.count())
        .mapToObj(i -> prediction(logits, i * classes, classes, places.map(all -> all[i])))
        .toList();
  }

  private Prediction prediction(
      double[] logits, int from, int classes, Optional<FeatureReference.Place> place) {
    double[] probabilities = softmax(logits, from, classes);
    int best = 0;
    for (int k = 1; k < classes; k++) {
      best = logits[from + k] > logits[from + best] ? k : best;
    }
    Optional<double[]> outlying = place.flatMap(FeatureReference.Place::outlying);
    return new Prediction(
        best,
        name(best),
        probabilities[best],
        probabilities,
        place.map(known -> name(known.nearestMean())).orElse(null),
        outlying.map(scores -> OptionalDouble.of(scores[0])).orElse(OptionalDouble.empty()),
        outlying.map(scores -> OptionalDouble.of(scores[1])).orElse(OptionalDouble.empty()));
  }

  private String name(int index) {
    return index < classes().size() ? classes().get(index) : String.valueOf(index);
  }

  private double[] softmax(double[] logits, int from, int classes) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < classes; k++) {
      if (!Double.isFinite(logits[from + k])) {
        throw new InvalidInputException(
            network.name() + ": computes no numbers of an image; its weights may be no numbers");
      }
      largest = Math.max(largest, logits[from + k]);
    }
    double[] probabilities = new double[classes];
    double sum = 0;
    for (int k = 0; k < classes; k++) {
      probabilities[k] = Math.exp(logits[from + k] - largest);
      sum += probabilities[k];
    }
    for (int k = 0; k < classes; k++) {
      probabilities[k] /= sum;
    }
    return probabilities;
  }

  /** Samples that are computed at once where many come. */
  public static int batchSize() {
    return BATCH;
  }

  /** When nobody asks any more; frees the network. */
  @Override
  public void close() {
    worker.shutdown();
    blas.close();
    network.close();
  }
}
