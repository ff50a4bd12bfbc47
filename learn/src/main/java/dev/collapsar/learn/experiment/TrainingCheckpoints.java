package dev.collapsar.learn.experiment;

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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What one training goes on from if the run breaks off: a file {@code epoch-N.safetensors} for each
 * of its last two epochs, with what it has moved so far and, in the metadata, what was measured.
 * When it has ended the last one stays, without the optimizer, until the run is complete.
 */
final class TrainingCheckpoints {
  private static final Pattern NAME = Pattern.compile("epoch-(\\d{1,9})\\.safetensors");
  private static final String HISTORY = "history";

  private final Experiment experiment;
  private final Path folder;
  private final EpochHistory before;

  /** Of a training that begins now: what was measured before is not its own. */
  TrainingCheckpoints(Experiment experiment, Path folder) {
    this.experiment = experiment;
    this.folder = folder;
    this.before = experiment.history();
  }

  /**
   * Takes the training up after the last epoch that can be read: the trainer's network and
   * optimizer are what they were, and what was measured is in the experiment's log.
   *
   * @return that epoch, or 0 if there is none
   */
  int restore(Trainer trainer) {
    for (int epoch : epochs()) {
      Path file = file(epoch);
      try {
        SafeTensors saved = SafeTensors.read(file);
        EpochHistory history = EpochHistory.parse(saved.metadata().getOrDefault(HISTORY, ""));
        trainer.restore(saved.tensors());
        experiment.recalls(history);
        return epoch;
      } catch (InvalidInputException | IllegalArgumentException e) {
        experiment.progress().say("%s is left out: %s".formatted(file, e.getMessage()));
      }
    }
    return 0;
  }

  /**
   * Keeps this epoch and the one before it.
   *
   * @param last whether nothing more is to be trained
   */
  void save(int epoch, boolean last, Trainer trainer) {
    EpochHistory all = experiment.history();
    EpochHistory own =
        new EpochHistory(
            all.rows().subList(before.rows().size(), all.rows().size()),
            all.epochs().subList(before.epochs().size(), all.epochs().size()),
            all.metrics());
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
