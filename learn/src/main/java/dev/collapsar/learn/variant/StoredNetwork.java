package dev.collapsar.learn.variant;

import dev.collapsar.InvalidInputException;
import dev.collapsar.calibration.Sampling;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.dataset.ImageFiles;
import dev.collapsar.learn.dataset.ImageRequest;
import dev.collapsar.learn.dataset.NamedImages;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evidence.MeasuredRows;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.PixelScale;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.model.OpenedNetwork;
import dev.collapsar.learn.model.OpenedNetwork.Origin;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.picture.Picture;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunResources;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.Metrics;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** A network of a checkpoint, whose collapse on images is to be measured; no run, no record. */
public final class StoredNetwork implements AutoCloseable {
  /** The tap at the head's input. */
  public static final String REPRESENTATION = Network.REPRESENTATION;

  private static final int BATCH = 500;

  private final String file;
  private final OpenedNetwork opened;
  private final Network network;
  private final int threads;
  private final Map<Source, ImageData> loaded = new HashMap<>();
  private final Map<Source, Double> accuracies = new HashMap<>();

  /** The images of requests and how they enter, which is one for all taps. */
  private record Source(String data, Path directory, Optional<PixelScale> pixels, long seed) {}

  /**
   * What is measured.
   *
   * @param tap a layer's name, or {@link #REPRESENTATION}
   * @param data the name or place of the images
   * @param directory where named images lie, or null
   * @param pixels empty for as the network's card says, or else the data's usual way
   * @param samples at most so many training images, drawn by the seed
   */
  public record MeasureRequest(
      String tap,
      String data,
      Path directory,
      Optional<PixelScale> pixels,
      int samples,
      long seed) {
    private Source source() {
      return new Source(data, directory, pixels, seed);
    }
  }

  /**
   * What is to be measured, and of what network.
   *
   * @param sampling the complete training set, or a sample of its classes' images
   * @param about the network, what was assumed of it and its accuracy on the test images, by name
   * @param warnings sentences: why the numbers may be of another network than was meant
   * @param notes what was found about the images, a sentence each
   */
  public record PlannedMeasurement(
      Collapse collapse,
      Sampling sampling,
      Map<String, Object> about,
      List<String> warnings,
      List<String> notes) {}

  private StoredNetwork(String file, OpenedNetwork opened, int threads) {
    this.threads = threads;
    this.file = file;
    this.opened = opened;
    this.network = opened.network();
  }

  /**
   * Reads a checkpoint and finds what network it is of.
   *
   * @throws InvalidInputException if it cannot be read or is of no network known
   */
  public static StoredNetwork open(Path checkpoint, int threads) {
    TorchRuntime.setThreads(threads);
    OpenedNetwork opened = NetworkFile.open(checkpoint);
    TorchRuntime.setThreads(threads, opened.network().hasConvolutions());
    return new StoredNetwork(checkpoint.toString(), opened, threads);
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
   * test images for {@code nc4}. What is known and assumed of the network comes with it; the images
   * are loaded and its accuracy is taken once, for the first tap.
   *
   * @throws InvalidInputException if there is no such tap (listing those there are), the images
   *     cannot be read or are none for this network, or the features do not fit in memory
   */
  public PlannedMeasurement plan(MeasureRequest request, Progress progress) {
    Source source = request.source();
    ImageData images = loaded.computeIfAbsent(source, s -> load(request, progress));
    Seed seed = new Seed(request.seed);
    ImageSet train = images.train().sample(request.samples, seed.random("subset/train"));
    requireFit(request, train);
    Taps taps = Taps.of(network, train.shape(), List.of(request.tap), "--tap ");
    boolean represented = taps.points().containsValue(network.representation());
    if (represented) {
      requireHeadOf(request, train);
    }
    StoredFacts facts = StoredFacts.of(opened, request.pixels, images.train(), images.normalized());
    ImageTransform transform = facts.transform();
    try (RunResources resources = new RunResources(threads, "cpu", progress, () -> {})) {
      CollapseProbe probe =
          CollapseProbe.at(
              resources,
              ProbeSpec.of(
                  OrderedBatches.inOrder(train.with(transform), BATCH, seed), Metrics.collapse()),
              network,
              taps,
              new MemoryCheck("--tap ", "a smaller --samples", Runtime.getRuntime().maxMemory()));
      OrderedBatches testPass = OrderedBatches.inOrder(images.test().with(transform), BATCH, seed);
      Evaluation test =
          represented || !accuracies.containsKey(source)
              ? test(testPass, represented, progress)
              : null;
      double accuracy = accuracies.computeIfAbsent(source, s -> test.score().accuracy());
      try (Progress.Bar bar = progress.bar(train.name(), train.count())) {
        return new PlannedMeasurement(
            probe
                .snapshot(network, represented ? test : null, n -> bar.advance(n, ""))
                .collapses()
                .get(request.tap),
            sampling(images.train(), train),
            facts.about(accuracy, images.test(), images(images.train())),
            facts.warnings(accuracy, images.test()),
            images.notes());
      }
    }
  }

  /** Of what the images are; where its card does not say, it is taken to have learned from all. */
  private Sampling sampling(ImageSet all, ImageSet some) {
    if (MeasuredRows.areOthers(network.card(), all)) {
      return Sampling.ofPopulation();
    }
    long learned = learned().orElse(all.count());
    return MeasuredRows.of(OptionalLong.of(learned), all, some);
  }

  /** Whether it learned from so many images, as far as its card says. */
  private boolean learned(ImageSet all) {
    return learned().isEmpty() || learned().getAsLong() == all.count();
  }

  private OptionalLong learned() {
    return MeasuredRows.learned(network.card());
  }

  /** What the numbers take the images for, and whose word that is. */
  private String images(ImageSet all) {
    OptionalLong learned = learned();
    if (MeasuredRows.areOthers(network.card(), all)) {
      return "a sample: its card says that it learned from images of other hashes (its run's"
          + " splits.csv, beside the images, divides them as the run did)";
    }
    if (learned.isEmpty()) {
      return String.format(
          Locale.ROOT,
          "all %,d taken for those that it learned from: the file does not say",
          all.count());
    }
    return learned(all)
        ? String.format(Locale.ROOT, "all %,d that it learned from, as its card says", all.count())
        : String.format(
            Locale.ROOT,
            "a sample: its card says that it learned from %,d images, not from these %,d",
            learned.getAsLong(),
            all.count());
  }

  private Evaluation test(OrderedBatches pass, boolean features, Progress progress) {
    try (Progress.Bar bar = progress.bar(pass.samples().name(), pass.count())) {
      return features
          ? Evaluation.withFeatures(network, pass, n -> bar.advance(n, ""))
          : Evaluation.of(network, pass, n -> bar.advance(n, ""));
    }
  }

  private ImageData load(MeasureRequest request, Progress progress) {
    return NamedImages.named(request.data)
        .map(named -> fitted(named.load(request.directory), request.data))
        .orElseGet(
            () -> {
              try (ImageFiles files = ImageFiles.open(Path.of(request.data));
                  Progress.Bar bar = progress.bar("decoding images", files.count())) {
                return files.load(
                    asTaken(
                        ImageRequest.of(
                            new Seed(request.seed),
                            Runtime.getRuntime().availableProcessors(),
                            images -> bar.advance(images, ""))));
              }
            });
  }

  /** In the size and the colours that the network takes. */
  private ImageRequest asTaken(ImageRequest request) {
    return network
        .takenImages()
        .map(image -> request.sized(Picture.Wanted.of(image)).withChannels(image.channels()))
        .orElse(request);
  }

  /** Named data as well; but a size that was guessed from the tensors alone is nobody's word. */
  private ImageData fitted(ImageData data, String name) {
    return Optional.of(opened)
        .filter(file -> file.origin() != Origin.TENSORS)
        .flatMap(file -> file.network().takenImages())
        .map(
            image ->
                data.resized(
                    Picture.Wanted.of(image).how(),
                    image.channels(),
                    image.height(),
                    image.width(),
                    name))
        .orElse(data);
  }

  private void requireFit(MeasureRequest request, ImageSet images) {
    List<Long> shape = images.shape();
    int classes = network.head().classes();
    if (!network.takes(shape) || images.classes().size() > classes) {
      throw new InvalidInputException(
          "--data %s: images of shape %s and %s classes; the %s of %s takes %s and has %s classes"
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

  /** The representation is measured with the head's weights, a row a class. */
  private void requireHeadOf(MeasureRequest request, ImageSet images) {
    if (images.classes().size() < network.head().classes()) {
      throw new InvalidInputException(
          "--data %s: has %s classes, the head of %s has %s; a --tap before it needs no head"
              .formatted(request.data, images.classes().size(), file, network.head().classes()));
    }
  }

  @Override
  public void close() {
    network.close();
  }
}
