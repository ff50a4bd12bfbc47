package dev.collapsar.learn.prediction;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.model.OpenedNetwork;
import dev.collapsar.learn.model.OpenedNetwork.Origin;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.script.ScriptArchive;
import dev.collapsar.learn.network.script.ScriptOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Networks that are there: files, with an adapter or without, and the variants of runs. */
public final class StoredNetworks {
  private static final String ADAPTER = "adapter";

  private StoredNetworks() {}

  /**
   * Which network.
   *
   * @param place a network's file, or a run's directory
   * @param variant of the run; if absent its best one on the validation images, or its only one
   * @param adapter a folder that PEFT or we wrote, to act on it
   * @param options what a TorchScript file leaves open
   */
  public record Choice(
      Path place, Optional<String> variant, Optional<Path> adapter, ScriptOptions options) {
    /** The network of a file, or the best of a run. */
    public static Choice of(Path place) {
      return new Choice(place, Optional.empty(), Optional.empty(), ScriptOptions.defaults());
    }
  }

  /**
   * A network that was opened.
   *
   * @param variant of a run, if it is one as it was kept
   * @param notes what its user should know, a sentence each
   */
  public record Opened(OpenedNetwork file, Optional<RunVariant> variant, List<String> notes)
      implements AutoCloseable {
    public Network network() {
      return file.network();
    }

    @Override
    public void close() {
      file.close();
    }
  }

  /**
   * Opens it, with the adapter active.
   *
   * @return in evaluation mode, the caller's to close
   * @throws InvalidInputException if there is no such network or variant, or the adapter does not
   *     fit it
   */
  public static Opened open(Choice choice) {
    if (Files.isDirectory(choice.place)) {
      return ofRun(choice);
    }
    if (choice.variant.isPresent()) {
      throw new InvalidInputException(
          "--variant %s: %s is a file; runs have variants"
              .formatted(choice.variant.get(), choice.place));
    }
    OpenedNetwork opened = with(choice.adapter, file(choice.place, choice.options));
    return new Opened(
        opened,
        Optional.empty(),
        Stream.concat(notes(opened).stream(), foreign(choice.adapter, choice.place)).toList());
  }

  /** What was taken for granted, and what one would not expect. */
  private static List<String> notes(OpenedNetwork opened) {
    List<String> notes = new ArrayList<>(opened.assumptions());
    if (opened.origin() == Origin.TENSORS
        && opened.network().card().input().orElse(null) instanceof InputSpec.Image) {
      notes.add(
          "images enter with pixels in [0, 1], since the file does not say (--pixels says otherwise)");
    }
    notes.addAll(opened.cautions());
    return notes;
  }

  private static OpenedNetwork file(Path file, ScriptOptions options) {
    boolean script = ScriptArchive.isScript(file);
    if (!script && (options.head().isPresent() || options.output().isPresent())) {
      throw new InvalidInputException(
          file + ": is no TorchScript; its head and output are its own");
    }
    return script ? NetworkFile.open(file, options) : NetworkFile.open(file);
  }

  private static Opened ofRun(Choice choice) {
    RunVariant variant = RunVariant.of(choice.place, choice.variant);
    if (variant.adapter().isPresent() && choice.adapter.isPresent()) {
      throw new InvalidInputException(
          "--adapter %s: the variant %s of %s is an adapter already"
              .formatted(choice.adapter.get(), variant.name(), choice.place));
    }
    OpenedNetwork opened =
        with(
            variant.adapter().isPresent() ? variant.adapter() : choice.adapter,
            NetworkFile.open(variant.network()));
    // What is kept of a variant's features is not true of another adapter's.
    return new Opened(
        opened,
        Optional.of(variant).filter(own -> choice.adapter.isEmpty()),
        Stream.of(
                variant.chosen().stream(),
                notes(opened).stream(),
                foreign(choice.adapter, variant.network()))
            .flatMap(all -> all)
            .toList());
  }

  /** An adapter that was trained on another network's file, as far as it says on which. */
  private static Stream<String> foreign(Optional<Path> adapter, Path network) {
    return adapter.stream()
        .filter(folder -> !AdapterFile.read(folder).config().base().mayBe(network))
        .map(
            folder ->
                "--adapter %s: was trained on another file than %s, as its hash says: unless that holds the same weights, nobody trained what they are together"
                    .formatted(folder, network));
  }

  private static OpenedNetwork with(Optional<Path> adapter, OpenedNetwork opened) {
    try {
      adapter.ifPresent(
          folder -> Adapter.attach(opened.network(), ADAPTER, AdapterFile.read(folder)));
      return opened;
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }
}
