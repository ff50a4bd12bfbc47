package dev.collapsar.learn.run;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.run.EpochHistory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What one training goes on from if the run breaks off: a file {@code epoch-N.safetensors} for each
 * of its last two epochs, with what it has moved so far and, in the metadata, what was measured.
 * When it has ended the last one stays, without the optimizer, until the run is complete.
 */
public final class CheckpointStore {
  private static final Pattern NAME = Pattern.compile("epoch-(\\d{1,9})\\.safetensors");
  private static final String HISTORY = "history";

  private final Path folder;
  private final Supplier<EpochHistory> history;
  private final Consumer<EpochHistory> recall;
  private final Progress progress;
  private final EpochHistory before;

  /**
   * Of a training that begins now: what was measured before is not its own.
   *
   * @param history what the run has recorded so far
   * @param recall takes what was recorded before the run broke off
   */
  CheckpointStore(
      Path folder,
      Supplier<EpochHistory> history,
      Consumer<EpochHistory> recall,
      Progress progress) {
    this.folder = folder;
    this.history = history;
    this.recall = recall;
    this.progress = progress;
    this.before = history.get();
  }

  /**
   * Takes the training up after the last epoch that can be read: the trainer's network and
   * optimizer are what they were, and what was measured is in the run's log.
   *
   * @return that epoch, or 0 if there is none
   */
  public int restore(Trainer trainer) {
    for (int epoch : epochs()) {
      Path file = file(epoch);
      try {
        SafeTensors saved = SafeTensors.read(file);
        EpochHistory measured = EpochHistory.parse(saved.metadata().getOrDefault(HISTORY, ""));
        trainer.restore(saved.tensors());
        recall.accept(measured);
        return epoch;
      } catch (InvalidInputException | IllegalArgumentException e) {
        progress.say("%s is left out: %s".formatted(file, e.getMessage()));
      }
    }
    return 0;
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
            all.epochs().subList(before.epochs().size(), all.epochs().size()));
    SafeTensors.write(file(epoch), trainer.state(!last), Map.of(HISTORY, own.toJson()));
    int oldest = last ? epoch : epoch - 1;
    try {
      for (Path file : files()) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (!name.matches() || Integer.parseInt(name.group(1)) < oldest) {
          Files.deleteIfExists(file); // older, or half of one that a killed process left
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path file(int epoch) {
    return folder.resolve("epoch-%d.safetensors".formatted(epoch));
  }

  /** The epochs kept, the last first. */
  private List<Integer> epochs() {
    return files().stream()
        .map(file -> NAME.matcher(file.getFileName().toString()))
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
