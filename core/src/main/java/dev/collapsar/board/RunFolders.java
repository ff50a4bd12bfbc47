package dev.collapsar.board;

import dev.collapsar.InvalidInputException;
import dev.collapsar.run.RunDirectory;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The run directories below a directory: its folders, and those of the studies among them. */
final class RunFolders {
  /** What only a run leaves, whether or not it has a record. */
  private static final List<String> LEFT_BY_RUNS =
      List.of("record.json", "recipe.yaml", "conditions.json", "metrics.csv", ".lock");

  /**
   * One of them.
   *
   * @param name its path below the board's directory, with slashes
   * @param study the name of the folder that holds it, or empty
   */
  record Folder(String name, String study, Path path) {}

  private RunFolders() {}

  /**
   * All of them, in no order.
   *
   * @throws InvalidInputException if the directory cannot be read or is itself a run
   */
  static List<Folder> in(Path directory) {
    if (RunDirectory.open(directory).hasRecord()) {
      throw new InvalidInputException(
          "%s is one run; name the directory that holds it and others".formatted(directory));
    }
    List<Folder> found = new ArrayList<>();
    try {
      for (Path folder : foldersOf(directory)) {
        String name = folder.getFileName().toString();
        if (isRun(folder)) {
          found.add(new Folder(name, "", folder));
        } else {
          addStudy(found, folder, name);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new InvalidInputException(directory + " cannot be read", e);
    }
    return found;
  }

  /** A folder that nobody may look into, or that goes away meanwhile, holds no runs. */
  private static void addStudy(List<Folder> found, Path folder, String name) {
    try {
      for (Path run : foldersOf(folder)) {
        if (isRun(run)) {
          found.add(new Folder(name + "/" + run.getFileName(), name, run));
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return;
    }
  }

  private static boolean isRun(Path folder) {
    return LEFT_BY_RUNS.stream().anyMatch(name -> Files.exists(folder.resolve(name)));
  }

  private static List<Path> foldersOf(Path directory) throws IOException {
    List<Path> folders = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, Files::isDirectory)) {
      entries.forEach(folders::add);
    }
    return folders;
  }
}
