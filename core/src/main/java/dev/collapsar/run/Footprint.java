package dev.collapsar.run;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.NewFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files that a run makes, and takes away again if it gets nowhere: its directory, the parents
 * that did not exist, and in it what it calls its own, never what someone else put there.
 */
final class Footprint {
  /** What stands there before the first record. */
  private static final List<String> FIRST_FILES =
      List.of(
          "recipe.yaml",
          "conditions.json",
          "splits.csv",
          "metrics.csv",
          "classes.csv",
          "report.html");

  private static final List<String> FOLDERS =
      List.of("adapters", "networks", "draws", "predictions", "moments", "checkpoints");

  private final Path path;

  /** Directories that did not exist before, innermost first. */
  private final Deque<Path> created = new ArrayDeque<>();

  Footprint(Path path) {
    this.path = path;
  }

  /**
   * Makes the directory where there is none.
   *
   * @throws InvalidInputException if it holds anything, or is a file
   */
  void make() throws IOException {
    if (Files.isDirectory(path)) {
      requireUnused();
    } else {
      makeFolders();
    }
  }

  /**
   * Makes the directory where there is none, whatever it holds.
   *
   * @throws InvalidInputException if it is a file
   */
  void makeFolders() throws IOException {
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new InvalidInputException(
          "run directory " + path + " is a file; name a new or an empty directory");
    }
    Deque<Path> missing = new ArrayDeque<>();
    for (Path p = path.toAbsolutePath(); !Files.exists(p); p = p.getParent()) {
      missing.push(p);
    }
    for (Path directory : missing) {
      try {
        Files.createDirectory(directory);
        created.remove(directory);
        created.push(directory);
      } catch (FileAlreadyExistsException e) {
        if (!Files.isDirectory(directory)) { // else another process was faster
          throw e;
        }
      }
    }
  }

  void removePartialFiles() throws IOException {
    try (Stream<Path> all = Files.walk(path)) {
      for (Path partial : all.filter(NewFile::isPartial).toList()) {
        NewFile.remove(partial); // a folder with what is in it
      }
    }
  }

  /** All that the run has made, and nothing that someone else has put there meanwhile. */
  void removeOwn() {
    try {
      for (String name : FIRST_FILES) {
        NewFile.remove(path.resolve(name));
      }
      for (String name : FOLDERS) {
        NewFile.remove(path.resolve(name));
      }
      removePartialFiles();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a run leaves that was killed before it wrote its first file is nothing. */
  void requireUnused() throws IOException {
    try (Stream<Path> entries = Files.list(path)) {
      for (Path entry : entries.toList()) {
        if (!entry.endsWith(RunLock.NAME) && !NewFile.isPartial(entry) && !isEmptyFolder(entry)) {
          throw new InvalidInputException(
              "run directory " + path + " is not empty; name a new or an empty directory");
        }
      }
    }
  }

  /** A folder of ours without a file: the run was killed while it took itself away. */
  private static boolean isEmptyFolder(Path entry) throws IOException {
    if (!FOLDERS.contains(entry.getFileName().toString())) {
      return false;
    }
    try (Stream<Path> all = Files.walk(entry)) {
      return all.allMatch(Files::isDirectory);
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      return !entries.iterator().hasNext();
    }
  }

  /** Innermost first, up to the first that someone else has put something into meanwhile. */
  void removeEmpty() {
    try {
      for (Path directory : created) {
        if (Files.isDirectory(directory)) {
          if (!isEmpty(directory)) {
            return;
          }
          Files.delete(directory);
        }
      }
    } catch (DirectoryNotEmptyException | NoSuchFileException e) {
      // someone else was faster, with a file of theirs or with removing
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
