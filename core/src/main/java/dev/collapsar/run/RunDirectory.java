package dev.collapsar.run;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.NewFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;

/**
 * The directory that a run leaves behind:
 *
 * <pre>
 * recipe.yaml     every value that took part
 * conditions.json what else determines the numbers
 * splits.csv      which image is for what, where that was drawn
 * record.json     the RunRecord
 * metrics.csv     its measurements, one number a row
 * classes.csv     what was measured of every class, if anything was
 * report.html     a function of the record
 * adapters/       one directory a variant
 * networks/       one safetensors file for each variant whose network is kept
 * draws/          the draws behind chance levels, a .npz file each
 * predictions/    one .npz file a variant: what it decides of every test sample
 * moments/        of the features that a variant's network was trained on
 * checkpoints/    what resuming needs
 * .lock           while a process runs
 * </pre>
 *
 * Every file appears whole or not at all. A run that is closed before its first record leaves
 * nothing behind.
 */
public final class RunDirectory implements AutoCloseable {
  private static final DateTimeFormatter UTC_NAME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private static final String CONDITIONS = "conditions.json";
  private static final String SPLITS = "splits.csv";

  /** So often a directory is made again that its holder has taken away. */
  private static final int MOST_MAKES = 100;

  private final Path path;
  private final Footprint footprint;

  /** Null for a directory that is only read. */
  private final RunLock lock;

  private boolean abandonable;

  private RunDirectory(Path path, Footprint footprint, RunLock lock, boolean abandonable) {
    this.path = path;
    this.footprint = footprint;
    this.lock = lock;
    this.abandonable = abandonable;
  }

  /**
   * The place of a run that was given none: {@code runs/<recipe>-<UTC time>} in the working
   * directory, numbered if that name is taken.
   */
  public static Path defaultPath(String recipe, Instant started) {
    Path first = Path.of("runs", recipe + "-" + UTC_NAME.format(started));
    Path free = first;
    for (int number = 2; Files.exists(free); number++) {
      free = first.resolveSibling(first.getFileName() + "-" + number);
    }
    return free;
  }

  /**
   * Makes a new run's directory, with its parents, and keeps other processes out of it until it is
   * closed. A directory is empty also with what a run leaves that was killed before it wrote its
   * first file.
   *
   * @throws InvalidInputException if it exists and is not an empty directory, cannot be written, or
   *     another process runs there; then nothing was created
   */
  public static RunDirectory create(Path path) {
    Footprint footprint = new Footprint(path);
    try {
      footprint.make();
      RunLock lock = RunLock.take(path);
      try {
        footprint.requireUnused(); // another run may have come and gone before the lock was ours
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
      return new RunDirectory(path, footprint, lock, true);
    } catch (IOException e) {
      footprint.removeEmpty();
      throw InvalidInputException.because("run directory " + path + " cannot be written", e);
    }
  }

  /**
   * The directory of a run that is to go on; other processes are kept out until it is closed, and
   * files that an earlier one was killed over are removed.
   *
   * @throws InvalidInputException if it cannot be written or another process runs there
   */
  public static RunDirectory resume(Path path) {
    try {
      RunDirectory directory =
          new RunDirectory(path, new Footprint(path), RunLock.take(path), false);
      try {
        directory.footprint.removePartialFiles();
      } catch (IOException e) {
        directory.close();
        throw e;
      }
      return directory;
    } catch (IOException e) {
      throw InvalidInputException.because("run directory " + path + " cannot be written", e);
    }
  }

  /**
   * The directory of a run that grows by one process after the other: it goes on with what is
   * there, or begins where there is nothing.
   *
   * @param wait for a process that has it
   * @throws InvalidInputException if it holds something else than a run, cannot be written, or
   *     another process has it for too long
   */
  public static RunDirectory createOrResume(Path path, LockWait wait) {
    Footprint footprint = new Footprint(path);
    try {
      RunLock lock = takeMade(footprint, path, wait);
      RunDirectory directory = new RunDirectory(path, footprint, lock, false);
      try {
        if (directory.hasRecord()) {
          footprint.removePartialFiles();
        } else {
          footprint.requireUnused();
          directory.abandonable = true;
        }
      } catch (IOException | RuntimeException e) {
        directory.close();
        throw e;
      }
      return directory;
    } catch (IOException e) {
      throw InvalidInputException.because("run directory " + path + " cannot be written", e);
    }
  }

  /** Who had it before may take it away: it got nowhere. */
  private static RunLock takeMade(Footprint footprint, Path path, LockWait wait)
      throws IOException {
    for (int more = MOST_MAKES; ; more--) {
      footprint.makeFolders();
      try {
        return RunLock.take(path, wait);
      } catch (NoSuchFileException e) {
        if (more == 0) {
          throw e;
        }
      }
    }
  }

  /** The directory of a run that exists; it is read as it is asked for. */
  public static RunDirectory open(Path path) {
    return new RunDirectory(path, new Footprint(path), null, false);
  }

  public Path path() {
    return path;
  }

  /**
   * Writes recipe.yaml: {@code recipe} and {@code seed}, then the settings, whose dotted keys
   * become nested ones; their values are plain (numbers, booleans, words, lists).
   */
  public void writeRecipe(String recipe, long seed, Map<String, Object> settings) {
    writeText("recipe.yaml", RecipeYaml.format(recipe, seed, settings));
  }

  /** Writes conditions.json: before the first number. */
  public void write(RunConditions conditions) {
    writeText(CONDITIONS, conditions.toJson());
  }

  /**
   * Reads conditions.json; empty if there is none.
   *
   * @throws InvalidInputException if it is damaged
   */
  public Optional<RunConditions> conditions() {
    Path file = path.resolve(CONDITIONS);
    return Files.exists(file) ? Optional.of(RunConditions.read(file)) : Optional.empty();
  }

  /** Writes splits.csv: before the first number. */
  public void writeSplits(String csv) {
    writeText(SPLITS, csv);
  }

  /**
   * Writes metrics.csv, classes.csv and record.json, in place of earlier ones. The record comes
   * last, so that what it says is there is there. From now on the run is kept.
   */
  public void write(RunRecord record) {
    writeText("metrics.csv", MetricsCsv.format(record.measurements()));
    if (!record.classes().isEmpty()) {
      writeText("classes.csv", MetricsCsv.formatClasses(record.classes()));
    }
    NewFile.write(path.resolve("record.json"), out -> RecordJson.write(record, out));
    abandonable = false;
  }

  /** Whether there is a record. */
  public boolean hasRecord() {
    return Files.exists(path.resolve("record.json"));
  }

  /** Where the recipe stands. */
  public Path recipe() {
    return path.resolve("recipe.yaml");
  }

  /**
   * Reads record.json.
   *
   * @throws InvalidInputException if there is none, it is damaged, or a newer version wrote it
   */
  public RunRecord record() {
    return RecordJson.read(path.resolve("record.json"));
  }

  /**
   * Reads from record.json how the run went, without the rest.
   *
   * @throws InvalidInputException as {@link #record}
   */
  public RunGlance glance() {
    return RecordJson.glance(path.resolve("record.json"));
  }

  /** Whether a process of this machine has the directory for writing. */
  public boolean isHeld() {
    return RunLock.isHeld(path);
  }

  /** Where the report of this run belongs. */
  public Path report() {
    return path.resolve("report.html");
  }

  /** Writes report.html, in place of an earlier one. */
  public void writeReport(String html) {
    writeText("report.html", html);
  }

  /** The directory for a variant's adapter, made if it does not exist. */
  public Path adapter(String variant) {
    return directory(Path.of("adapters", variant));
  }

  /** The file for a variant's network, whose directory is made if it does not exist. */
  public Path network(String variant) {
    return directory(Path.of("networks")).resolve(variant + ".safetensors");
  }

  /** The file for draws of this name, whose directory is made if it does not exist. */
  public Path draws(String name) {
    return directory(Path.of("draws")).resolve(name + ".npz");
  }

  /** The file for a variant's decisions, whose directory is made if it does not exist. */
  public Path predictions(String variant) {
    return directory(Path.of("predictions")).resolve(variant + ".npz");
  }

  /** The file of the moments of a variant's training features, which may not exist. */
  public Path momentsFile(String variant) {
    return path.resolve("moments").resolve(variant + ".moments");
  }

  /** Writes them, as {@code ClassMoments} has bytes. */
  public void writeMoments(String variant, byte[] moments) {
    directory(Path.of("moments"));
    NewFile.write(momentsFile(variant), out -> out.write(moments));
  }

  /** The directory for what resuming a training needs, made if it does not exist. */
  public Path checkpoints(String stage, String variant) {
    return directory(Path.of("checkpoints", stage, variant));
  }

  /**
   * The file for what was made of photographs, which resuming need not make again; the directory
   * that it lies in is made if it does not exist.
   */
  public Path preparedImages() {
    return directory(Path.of("checkpoints")).resolve("images.prepared");
  }

  /** Removes what resuming needs: the run is complete. */
  public void removeCheckpoints() {
    try {
      NewFile.remove(path.resolve("checkpoints"));
    } catch (IOException e) {
      throw InvalidInputException.because(path + " cannot be written", e);
    }
  }

  /**
   * Lets other processes in. Removes all that the run created, if it got nowhere: no record was
   * written.
   */
  @Override
  public void close() {
    if (abandonable) {
      footprint.removeOwn();
    }
    try {
      if (lock != null) {
        lock.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (abandonable) {
      footprint.removeEmpty();
    }
    abandonable = false;
  }

  private Path directory(Path relative) {
    Path directory = path.resolve(relative);
    try {
      return Files.createDirectories(directory);
    } catch (IOException e) {
      throw InvalidInputException.because(directory + " cannot be written", e);
    }
  }

  private void writeText(String name, String text) {
    NewFile.write(path.resolve(name), out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }
}
