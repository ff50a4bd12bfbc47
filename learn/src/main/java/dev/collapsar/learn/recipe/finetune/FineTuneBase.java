package dev.collapsar.learn.recipe.finetune;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.evaluation.Score;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.PixelScale;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.model.OpenedNetwork;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.settings.NetworkSettings;
import dev.collapsar.learn.settings.OutsideSettings;
import dev.collapsar.learn.variant.EpochMetrics;
import dev.collapsar.learn.variant.RunImages;
import dev.collapsar.learn.variant.StartingNetwork;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The network that a fine-tuning begins with, and the images as it takes them.
 *
 * @param isTrained whether it came trained, from a file
 * @param isRenewed whether its head is a new one
 * @param memory of what it knew, if that is measured
 */
record FineTuneBase(
    Network network,
    boolean isTrained,
    boolean isRenewed,
    FineTuneSets sets,
    Optional<BaseMemory> memory)
    implements AutoCloseable {

  static FineTuneBase open(RunContext run) {
    NetworkSettings network = FineTuneSettings.NETWORK;
    Optional<Path> code = network.file(run.settings());
    Optional<Path> file = code.or(() -> network.checkpoint(run.settings()));
    return file.isPresent() ? opened(run, file.get(), code.isPresent()) : scratch(run);
  }

  private static FineTuneBase scratch(RunContext run) {
    String known = run.get(FineTuneSettings.BASE_TEST);
    if (!known.equals(OutsideSettings.NONE)) {
      throw new InvalidInputException(
          ("%s=%s: a network from scratch knew nothing that it could forget; name its base with"
                  + " network=FILE or base.checkpoint=FILE")
              .formatted(FineTuneSettings.BASE_TEST.key(), known));
    }
    RunImages images =
        new RunImages(run, FineTuneSettings.DATA)
            .squared(FineTuneSettings.NETWORK.takesSquares(run.settings()));
    FineTuneSets.Chosen chosen = FineTuneSets.Chosen.of(run, images, images.loadWithValidation());
    ImageSet entering = chosen.train().with(chosen.data().normalized());
    Network network =
        NetworkFile.initialized(
            FineTuneSettings.NETWORK.card(run.settings(), entering), run.seed());
    try {
      tryOut(network, entering);
      run.note(
          ("No trained network was given: a %s is trained from scratch on images of"
                  + " %sx%s, a size %s.")
              .formatted(
                  network.name(),
                  entering.height(),
                  entering.width(),
                  images.isSized() ? "that was chosen" : "taken from the data"));
      return new FineTuneBase(
          network, false, false, chosen.entering(run, entering.input()), Optional.empty());
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  private static FineTuneBase opened(RunContext run, Path file, boolean code) {
    RunImages all = new RunImages(run, FineTuneSettings.DATA);
    OpenedNetwork opened =
        code
            ? NetworkFile.open(
                file, FineTuneSettings.NETWORK.options(run.settings(), all.isSized()))
            : NetworkFile.open(file);
    try {
      Network network = opened.network();
      if (code) {
        FineTuneSettings.NETWORK
            .checkpoint(run.settings())
            .ifPresent(values -> NetworkFile.load(network, values, "base.checkpoint=" + values));
      }
      RunImages images = all.as(network.takenImages());
      FineTuneSets.Chosen chosen = FineTuneSets.Chosen.of(run, images, images.loadWithValidation());
      InputSpec.Image input =
          input(
              run,
              opened,
              file,
              images.entering(chosen.data(), chosen.train().with(chosen.data().normalized())));
      Optional<BaseMemory> memory = memory(run, images, network, input);
      int before = network.head().classes();
      // Not as a network of this seed would begin: the base may have been one.
      network.renewHead(chosen.train().classes().size(), run.seed().under("new head"));
      network.describe(network.card().withInput(input).withClasses(chosen.train().classes()));
      tryOut(network, chosen.train());
      run.note(
          "The base is %s, %s; its head of %s classes was replaced by a new one of %s."
              .formatted(file, opened.origin().words(), before, chosen.train().classes().size()));
      opened.limits().forEach(run::note);
      opened.cautions().forEach(run::note);
      return new FineTuneBase(network, true, true, chosen.entering(run, input), memory);
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /**
   * As the user says that pixels enter, or the card, at the size that these images have. Where
   * neither does, by the data's usual mean and deviation, which is noted; but a file that brings
   * its own code must not be guessed at.
   */
  private static InputSpec.Image input(
      RunContext run, OpenedNetwork opened, Path file, RunImages.Entering entering) {
    NetworkCard card = opened.network().card();
    if (entering.pixels().isEmpty() && card.input().orElse(null) instanceof InputSpec.Image said) {
      return StartingNetwork.sized(said, entering.images());
    }
    if (entering.pixels().isEmpty() && opened.network().weights().isInSlots()) {
      throw new InvalidInputException(
          "%s: does not say how its pixels were scaled; data.pixels must, one of %s"
              .formatted(file, PixelScale.ALLOWED));
    }
    InputSpec.Image input = entering.transformed().input();
    run.note(
        "Pixels enter %s, as %s."
            .formatted(
                StartingNetwork.pixels(input),
                entering.pixels().isPresent()
                    ? "data.pixels says"
                    : "the recipe chooses: the file does not say"));
    return input;
  }

  private static Optional<BaseMemory> memory(
      RunContext run, RunImages images, Network network, InputSpec.Image input) {
    return images
        .testOf(run.get(FineTuneSettings.BASE_TEST), FineTuneSettings.BASE_TEST.key(), input)
        .map(
            test -> {
              Head.Classifier head = network.head().classifier();
              if (test.classes().size() != head.bias().length) {
                throw new InvalidInputException(
                    "%s=%s: has %s classes, the base has %s"
                        .formatted(
                            FineTuneSettings.BASE_TEST.key(),
                            run.get(FineTuneSettings.BASE_TEST),
                            test.classes().size(),
                            head.bias().length));
              }
              StartingNetwork.otherNames(
                      network.card(),
                      test.classes(),
                      FineTuneSettings.BASE_TEST.key() + "=" + run.get(FineTuneSettings.BASE_TEST))
                  .ifPresent(run::note);
              run.useData("base-test", test);
              return BaseMemory.of(
                  network,
                  FineTuneSets.pass(test, run.seed().under("measured/base-test")),
                  evaluated -> run.throwIfStopped());
            });
  }

  /** Computes one image: what the network cannot take ends here. */
  private static void tryOut(Network network, ImageSet images) {
    List<Long> shape = images.shape();
    try {
      Evaluation.of(network, FineTuneSets.pass(images.subset(new int[] {0}), new Seed(0)), n -> {});
    } catch (RuntimeException e) {
      throw new InvalidInputException(
          "data.size=%s: the %s does not compute images of shape %s; choose another size (%s)"
              .formatted(
                  images.height(),
                  network.name(),
                  shape,
                  e.getMessage().lines().findFirst().orElse("")),
          e);
    }
  }

  /** What is said of every epoch besides accuracies. */
  EpochMetrics[] metrics() {
    List<EpochMetrics> metrics = new ArrayList<>();
    metrics.add(
        (network, tests, evaluated) ->
            List.of(
                tests.get(1).score().isFinite()
                    ? Measurement.of(LearnMetrics.LOSS_VALIDATION, tests.get(1).score().loss())
                    : Measurement.undefined(LearnMetrics.LOSS_VALIDATION, Score.DIVERGED)));
    memory.ifPresent(metrics::add);
    return metrics.toArray(EpochMetrics[]::new);
  }

  @Override
  public void close() {
    network.close();
  }
}
