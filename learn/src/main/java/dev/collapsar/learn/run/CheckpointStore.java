package dev.collapsar.learn.run;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.NewFile;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.run.EpochHistory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The checkpoints that one training goes on from if the run breaks off: a file {@code
 * epoch-N.safetensors} for each of its last two epochs, with what it has moved so far and, in the
 * metadata, what was measured, whose it is and a checksum. When it has ended the last one stays,
 * without the optimizer, until the run is complete.
 */
public final class CheckpointStore {
  private static final Pattern NAME = Pattern.compile("epoch-(\\d{1,9})\\.safetensors");
  private static final Pattern BEST = Pattern.compile("best-(\\d{1,9})\\.safetensors");
  private static final String HISTORY = "history";
  private static final String ENDED = "ended";

  private final Path folder;
  private final CheckpointSeal seal;
  private final Optional<SharedBases.Place> shared;
  private final Supplier<EpochHistory> history;
  private final Consumer<EpochHistory> recall;
  private final Consumer<EpochHistory> adopt;
  private final Progress progress;
  private final EpochHistory before;

  /**
   * Of a training that begins now: what was measured before is not its own.
   *
   * @param shared where other runs leave and find the same training's end
   * @param history what the run has recorded so far
   * @param recall takes what was recorded before the run broke off
   * @param adopt takes what another run recorded of the same training
   */
  CheckpointStore(
      Path folder,
      CheckpointSeal seal,
      Optional<SharedBases.Place> shared,
      Supplier<EpochHistory> history,
      Consumer<EpochHistory> recall,
      Consumer<EpochHistory> adopt,
      Progress progress) {
    this.folder = folder;
    this.seal = seal;
    this.shared = shared;
    this.history = history;
    this.recall = recall;
    this.adopt = adopt;
    this.progress = progress;
    this.before = history.get();
  }

  /**
   * Takes the training up after the last epoch whose checkpoint is whole and its own: the trainer's
   * network and optimizer are what they were, and what was measured is in the run's log. Every
   * other checkpoint is said to be left out.
   *
   * @param last the epoch after which nothing more is trained
   * @return that epoch, or 0 if there is none
   */
  public int restore(Trainer trainer, int last) {
    for (int epoch : epochs()) {
      if (restore(trainer, new SharedBases.Place(file(epoch), seal), recall, epoch, last)) {
        return epoch;
      }
    }
    boolean there = last > 0 && shared.filter(base -> Files.exists(base.file())).isPresent();
    return there && restore(trainer, shared.get(), adopt, last, last) ? last : 0;
  }

  private boolean restore(
      Trainer trainer, SharedBases.Place place, Consumer<EpochHistory> heard, int epoch, int last) {
    try {
      SafeTensors saved = SafeTensors.read(place.file());
      place.seal().require(epoch, saved);
      requireUseful(epoch, last, Boolean.parseBoolean(saved.metadata().get(ENDED)));
      EpochHistory measured = EpochHistory.parse(saved.metadata().getOrDefault(HISTORY, ""));
      trainer.restore(saved.tensors());
      heard.accept(measured);
      return true;
    } catch (InvalidInputException | IllegalArgumentException e) {
      progress.say("%s is left out: %s".formatted(place.file(), e.getMessage()));
      return false;
    }
  }

  private static void requireUseful(int epoch, int last, boolean ended) {
    if (epoch > last) {
      throw new InvalidInputException("only %s epochs are trained now".formatted(last));
    }
    if (ended && epoch < last) {
      throw new InvalidInputException(
          "its training had ended, without what the optimizer remembered");
    }
  }

  /**
   * Keeps this epoch and the one before it.
   *
   * @param last whether nothing more is to be trained
   */
  public void save(int epoch, boolean last, Trainer trainer) {
    EpochHistory all = history.get();
    EpochHistory own =
        new EpochHistory(
            all.rows().subList(before.rows().size(), all.rows().size()),
            all.epochs().subList(before.epochs().size(), all.epochs().size()),
            all.metrics());
    Map<String, StoredTensor> state = trainer.state(!last);
    Map<String, String> said =
        Map.of(HISTORY, own.toJson(), ENDED, Boolean.toString(last), "format", "1");
    SafeTensors.write(file(epoch), state, seal.metadata(epoch, state, said));
    if (last && shared.isPresent()) {
      SafeTensors.write(
          shared.get().file(), state, shared.get().seal().metadata(epoch, state, said));
    }
    int oldest = last ? epoch : epoch - 1;
    try {
      for (Path file : files()) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        boolean replaced =
            name.matches()
                && (Integer.parseInt(name.group(1)) < oldest
                    || Integer.parseInt(name.group(1)) > epoch); // one that was left out
        if (replaced || NewFile.isPartial(file)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Keeps what the training has made after its best epoch so far. The best before it stays as well,
   * for a run that breaks off before this epoch has its checkpoint.
   */
  public void saveBest(int epoch, Trainer trainer) {
    Map<String, StoredTensor> state = trainer.state(false);
    SafeTensors.write(best(epoch), state, seal.metadata(epoch, state, Map.of("format", "1")));
    List<Integer> earlier = epochs(BEST).stream().filter(found -> found < epoch).skip(1).toList();
    try {
      for (int old : earlier) {
        Files.deleteIfExists(best(old));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Makes the trainer's network what it was after its best epoch.
   *
   * @throws InvalidInputException if that is not there any more, or damaged
   */
  public void restoreBest(int epoch, Trainer trainer) {
    Path file = best(epoch);
    try {
      SafeTensors saved = SafeTensors.read(file);
      seal.require(epoch, saved);
      trainer.restore(saved.tensors());
    } catch (InvalidInputException | IllegalArgumentException e) {
      throw new InvalidInputException(
          "%s: the best epoch cannot be taken up: %s; begin the run anew"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private Path best(int epoch) {
    return folder.resolve("best-%s.safetensors".formatted(epoch));
  }

  private Path file(int epoch) {
    return folder.resolve("epoch-%s.safetensors".formatted(epoch));
  }

  /** The epochs kept, the last first. */
  private List<Integer> epochs() {
    return epochs(NAME);
  }

  private List<Integer> epochs(Pattern names) {
    return files().stream()
        .map(file -> names.matcher(file.getFileName().toString()))
        .filter(Matcher::matches)
        .map(name -> Integer.valueOf(name.group(1)))
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  private List<Path> files() {
    try (Stream<Path> all = Files.list(folder)) {
      return all.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
