package dev.collapsar.learn.variant;

import dev.collapsar.InvalidInputException;
import dev.collapsar.calibration.Sampling;
import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.dataset.ImageFiles;
import dev.collapsar.learn.dataset.NamedImages;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunResources;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.learn.training.Evaluation;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.Metrics;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A network of a checkpoint, whose collapse on images is to be measured; no run, no record. */
public final class StoredNetwork implements AutoCloseable {
  /** The tap at the head's input. */
  public static final String REPRESENTATION = Network.REPRESENTATION;

  private static final int BATCH = 500;

  private final String file;
  private final Network network;
  private final int threads;

  /**
   * What is measured.
   *
   * @param tap a layer's name, or {@link #REPRESENTATION}
   * @param data the name or place of the images
   * @param directory where named images lie, or null
   * @param normalized by the data's usual mean and deviation, or else just scaled to [0, 1]
   * @param samples at most so many training images, drawn by the seed
   */
  public record MeasureRequest(
      String tap, String data, Path directory, boolean normalized, int samples, long seed) {}

  /**
   * Features, and what they are of.
   *
   * @param sampling the complete training set, or a sample of its classes' images
   */
  public record Sampled(Collapse collapse, Sampling sampling) {}

  private StoredNetwork(String file, Network network, int threads) {
    this.threads = threads;
    this.file = file;
    this.network = network;
  }

  /**
   * Reads a checkpoint and finds what network it is of.
   *
   * @throws InvalidInputException if it cannot be read or is of no network known
   */
  public static StoredNetwork open(Path checkpoint, int threads) {
    TorchRuntime.setThreads(threads);
    Network network = NetworkFile.open(checkpoint).network();
    TorchRuntime.setThreads(threads, network.hasConvolutions());
    return new StoredNetwork(checkpoint.toString(), network, threads);
  }

  /** What it is, such as {@code resnet18}. */
  public String name() {
    return network.name();
  }

  /** The shape of one sample's values at each tap, by name. */
  public Map<String, List<Long>> taps() {
    return network.tapShapes(
        network
            .sampleShape()
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        file
                            + ": was scripted, so it does not say what one sample is; measure it"
                            + " on data, or trace it")));
  }

  /** Whether it is known how pixels enter. */
  public boolean knowsPixels() {
    return network.card().input().isPresent();
  }

  /**
   * The features of training images at a tap; at the representation with the head, and with the
   * test images for {@code nc4}.
   *
   * @throws InvalidInputException if there is no such tap (listing those there are), the images
   *     cannot be read or are none for this network, or the features do not fit in memory
   */
  public Sampled collapse(MeasureRequest request, Progress progress) {
    ImageData images = load(request, progress);
    Seed seed = new Seed(request.seed);
    ImageSet train = images.train().sample(request.samples, seed.random("subset/train"));
    requireFit(request, train);
    Taps taps = Taps.of(network, train.shape(), List.of(request.tap), "--tap ");
    ImageTransform transform = request.normalized ? images.normalized() : ImageTransform.unit();
    try (RunResources resources = new RunResources(threads, "cpu", progress, () -> {})) {
      CollapseProbe probe =
          CollapseProbe.at(
              resources,
              ProbeSpec.of(Pass.inOrder(train.with(transform), BATCH, seed), Metrics.collapse()),
              network,
              taps,
              new MemoryCheck("--tap ", "a smaller --samples", Runtime.getRuntime().maxMemory()));
      Evaluation test =
          taps.points().containsValue(network.representation())
              ? test(Pass.inOrder(images.test().with(transform), BATCH, seed), progress)
              : null;
      try (Progress.Bar bar = progress.bar(train.name(), train.count())) {
        return new Sampled(
            probe.collapse(network, request.tap, test, n -> bar.advance(n, "")),
            sampling(images.train(), train));
      }
    }
  }

  /** Of some of all images, or of them all. */
  private Sampling sampling(ImageSet all, ImageSet some) {
    if (some.count() == all.count()) {
      return Sampling.completeSet();
    }
    long[] population = new long[network.head().classes()];
    for (int label : all.labels()) {
      population[label]++;
    }
    return Sampling.ofFinite(population);
  }

  private Evaluation test(Pass pass, Progress progress) {
    try (Progress.Bar bar = progress.bar(pass.samples().name(), pass.count())) {
      return Evaluation.withFeatures(network, pass, n -> bar.advance(n, ""));
    }
  }

  private static ImageData load(MeasureRequest request, Progress progress) {
    return NamedImages.named(request.data)
        .map(named -> named.load(request.directory))
        .orElseGet(
            () -> {
              try (ImageFiles files = ImageFiles.open(Path.of(request.data));
                  Progress.Bar bar = progress.bar("decoding images", files.count())) {
                return files.load(
                    false,
                    Runtime.getRuntime().availableProcessors(),
                    images -> bar.advance(images, ""));
              }
            });
  }

  private void requireFit(MeasureRequest request, ImageSet images) {
    List<Long> shape = images.shape();
    int classes = network.head().classes();
    if (!network.takes(shape) || images.classes().size() > classes) {
      throw new InvalidInputException(
          "--data %s: images of shape %s and %d classes; the %s of %s takes %s and has %d classes"
              .formatted(
                  request.data,
                  shape,
                  images.classes().size(),
                  name(),
                  file,
                  network.sampleShape().map(List::toString).orElse("others"),
                  classes));
    }
  }

  @Override
  public void close() {
    network.close();
  }
}
