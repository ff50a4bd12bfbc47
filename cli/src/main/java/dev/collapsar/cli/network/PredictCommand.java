package dev.collapsar.cli.network;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.dataset.PlacedImages;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.prediction.EnteringImages;
import dev.collapsar.learn.prediction.FeatureReference;
import dev.collapsar.learn.prediction.Predictor;
import dev.collapsar.learn.prediction.StoredNetworks;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.random.Seed;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Classifies images. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = {"collapsar predict RUN|NETWORK IMAGE|FOLDER... [OPTION]..."},
    description = {
      "Classify images by what a run learned, or by any network.",
      "Said are the class, its probability, the class whose mean the image is nearest to,"
          + " and how far it lies outside of what was learned (Mahalanobis' distance, NECO; larger"
          + " is more outlying). Of images in folders that are called like classes the accuracy is"
          + " said.",
      ""
    },
    footer = {
      "",
      "Images are prepared as for training: size, colours and scale stand in the network's card.",
      "Nearest means need the run that trained the network, or --reference.",
      "",
      "Examples:",
      "  collapsar predict runs/fine-tune-20260101T120000Z photo.jpg",
      "  collapsar predict runs/mine photos/test --variant lora-r8 --format csv",
      "  collapsar predict model.pt photos/ --pixels imagenet --reference photos/train"
    })
public final class PredictCommand implements Callable<Integer> {
  private static final long SEED = 42; // nothing is drawn

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "RUN|NETWORK", description = "a run, or a network's file")
  private Path network;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "IMAGE|FOLDER",
      description = "image files, folders, zips or tars of images")
  private List<Path> places;

  @Mixin private NetworkChoice choice;
  @Mixin private ImageOptions images;

  @Option(
      names = "--reference",
      paramLabel = "INPUT",
      description =
          "the images that the network was trained on, in folders called like its classes"
              + " (default: what its run kept of them)")
  private String reference;

  @Option(names = "--format", paramLabel = "table|json|csv", description = "default: table")
  private PredictionFormat format = PredictionFormat.TABLE;

  @Override
  public Integer call() {
    places.forEach(PredictCommand::requireThere);
    try (StoredNetworks.Opened opened = choice.open(network, images.isSized())) {
      TorchRuntime.setThreads(choice.threads(), opened.network().hasConvolutions());
      EnteringImages entering =
          images.entering(opened.network(), choice.threads(), progress()).skipping();
      opened.notes().forEach(this::note);
      List<PredictedImage> predicted = new ArrayList<>();
      try (Predictor predictor = predictor(opened, entering)) {
        if (!predictor.hasReference()) {
          note(
              "nearest means and what lies outside are not known: the network's file keeps no class"
                  + " means (--reference INPUT, or the run that trained it)");
        }
        List<Path> single = places.stream().filter(PredictCommand::isImage).toList();
        if (!single.isEmpty()) {
          predicted.addAll(predicted(predictor, entering, entering.named(single), ""));
        }
        for (Path place : places) {
          if (!isImage(place)) {
            String before = places.size() == 1 ? "" : place + "/"; // to be told apart
            predicted.addAll(predicted(predictor, entering, entering.placed(place), before));
          }
        }
        PrintWriter stdout = spec.commandLine().getOut();
        stdout.print(format.render(predictor.classes(), predicted));
        stdout.flush();
      }
    }
    return ExitCodes.DONE;
  }

  private static void requireThere(Path place) {
    if (!Files.exists(place)) {
      throw new InvalidInputException(place + ": no such image, folder, .zip or .tar");
    }
  }

  private Predictor predictor(StoredNetworks.Opened opened, EnteringImages entering) {
    if (reference == null) {
      return Predictor.of(opened);
    }
    Network known = opened.network();
    EnteringImages.Ready ready = entering.load(reference, images.directory(), Optional.empty());
    if (ready.labels().isEmpty() || !areOf(known, ready.images().classes())) {
      throw new InvalidInputException(
          "--reference %s: its images must lie in folders called like the network's classes: %s"
              .formatted(reference, String.join(", ", known.card().classes())));
    }
    try (Progress.Bar bar = progress().bar("reference", ready.images().count())) {
      return Predictor.of(
          opened,
          FeatureReference.moments(known, pass(ready.labelled()), done -> bar.advance(done, "")));
    }
  }

  /** By their names, or where nobody named the network's classes by their numbers. */
  private static boolean areOf(Network network, List<String> classes) {
    List<String> own = network.card().classes();
    boolean named =
        IntStream.range(0, own.size()).anyMatch(k -> !own.get(k).equals(String.valueOf(k)));
    return named ? own.containsAll(classes) : classes.size() <= network.head().classes();
  }

  private static boolean isImage(Path place) {
    return Files.isRegularFile(place)
        && !place.toString().toLowerCase(Locale.ROOT).matches(".*\\.(zip|tar)");
  }

  private List<PredictedImage> predicted(
      Predictor predictor, EnteringImages entering, PlacedImages some, String before) {
    some.notes().forEach(this::note);
    some.leftOut().forEach(problem -> note("left out: " + problem));
    ImageSet ready = entering.entering(some.images().name(), some);
    try (Progress.Bar bar = progress().bar("predicting", ready.count())) {
      return PredictedImage.of(
          some,
          before,
          predictor.predict(pass(ready), done -> bar.advance(done, "")),
          predictor.classes());
    }
  }

  private static OrderedBatches pass(ImageSet images) {
    return OrderedBatches.inOrder(images, Predictor.batchSize(), new Seed(SEED));
  }

  private TerminalProgress progress() {
    return new TerminalProgress(spec.commandLine().getOut());
  }

  private void note(String sentence) {
    PrintWriter stderr = spec.commandLine().getErr();
    stderr.println(sentence);
    stderr.flush();
  }
}
