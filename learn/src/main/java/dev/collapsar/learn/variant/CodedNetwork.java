package dev.collapsar.learn.variant;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.PixelScale;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.model.OpenedNetwork;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.settings.NetworkSettings;
import dev.collapsar.learn.variant.StartingNetwork.Pretraining;
import java.nio.file.Path;
import java.util.List;

/** A network whose file brings its own code, as the one that a run begins with. */
record CodedNetwork(RunContext run, NetworkSettings chosen, Path file) {

  StartingNetwork open(RunImages.Entering entering) {
    ImageSet images = entering.images();
    OpenedNetwork opened =
        NetworkFile.open(file, chosen.options(run.settings(), entering.isSized()));
    try {
      Network network = opened.network();
      network.head(); // or it says which layers could be it
      chosen
          .checkpoint(run.settings())
          .ifPresent(values -> NetworkFile.load(network, values, "base.checkpoint=" + values));
      requireImages(network, entering);
      InputSpec.Image input = input(network.card(), entering);
      int before = network.head().classes();
      boolean renewed = before != images.classes().size();
      if (renewed) {
        network.renewHead(images.classes().size(), run.seed().under("new head"));
      } else {
        StartingNetwork.otherNames(network.card(), images.classes(), "network=" + file)
            .ifPresent(run::note);
      }
      network.describe(network.card().withInput(input).withClasses(images.classes()));
      Pretraining pretraining = pretraining(renewed);
      tryOut(network, pretraining);
      note(opened, input, entering.pixels().isPresent());
      if (pretraining == Pretraining.NONE) {
        run.note("The base was not trained here: the network is taken as it comes.");
      }
      if (renewed) {
        run.note(
            "Its head %s had %s classes; a new one for %s is in its place%s."
                .formatted(
                    network.head().name(),
                    before,
                    images.classes().size(),
                    pretraining == Pretraining.HEAD ? ", and alone is trained for the base" : ""));
      }
      return new StartingNetwork(network, pretraining);
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private static void tryOut(Network network, Pretraining pretraining) {
    if (pretraining == Pretraining.HEAD) {
      network.weights().setTrainableOnly(network.head().name());
    }
    if (pretraining != Pretraining.NONE) {
      network.tryOut();
      network.weights().setTrainable(true);
    }
  }

  private Pretraining pretraining(boolean renewed) {
    if (chosen.trainsFile(run.settings())) {
      return Pretraining.ALL;
    }
    return renewed ? Pretraining.HEAD : Pretraining.NONE;
  }

  private void note(OpenedNetwork opened, InputSpec.Image input, boolean said) {
    run.note(
        "The network is the TorchScript file %s; pixels enter %s, %s."
            .formatted(
                file,
                StartingNetwork.pixels(input),
                said ? "as data.pixels says" : "as its card says"));
    chosen
        .checkpoint(run.settings())
        .ifPresent(
            values -> run.note("Its values are those of the checkpoint %s.".formatted(values)));
    opened.limits().forEach(run::note);
    opened.cautions().forEach(run::note);
  }

  private InputSpec.Image input(NetworkCard card, RunImages.Entering entering) {
    if (entering.pixels().isPresent()) {
      return entering.transformed().input();
    }
    if (card.input().orElse(null) instanceof InputSpec.Image said) {
      return StartingNetwork.sized(said, entering.images());
    }
    throw new InvalidInputException(
        "network=%s: does not say how its pixels were scaled; data.pixels must, one of %s"
            .formatted(file, PixelScale.ALLOWED));
  }

  private void requireImages(Network network, RunImages.Entering entering) {
    List<Long> shape = entering.images().shape();
    if (network.takes(shape)) {
      return;
    }
    List<Long> traced = network.sampleShape().orElse(List.of());
    boolean otherSize = traced.size() == shape.size() && traced.get(0).equals(shape.get(0));
    if (otherSize && !entering.isSized()) {
      throw new InvalidInputException(
          ("network=%s: was traced with samples of shape %s, the images are %s; data.size=%s makes"
                  + " them so, data.size=%s enters them as they are (some networks are"
                  + " then wrong in"
                  + " silence)")
              .formatted(file, traced, shape, traced.get(1), shape.get(1)));
    }
    throw new InvalidInputException(
        traced.isEmpty()
            ? "network=%s: its code computes nothing of images of shape %s".formatted(file, shape)
            : "network=%s: takes samples of shape %s, the images are of shape %s"
                .formatted(file, traced, shape));
  }
}
