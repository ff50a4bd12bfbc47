package dev.collapsar.board;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.InvalidInputException;
import dev.collapsar.report.HtmlReport;
import dev.collapsar.report.NamedRun;
import dev.collapsar.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A directory of runs and studies, looked at as often as one likes: what has not changed is not
 * read again. Runs that cannot be read are named with the reason. Safe for use by several threads.
 */
public final class Board {
  /** A look at a run directory, and what it was then. */
  private record Kept(RunFolders.Folder folder, String stamp, RunLook look) {}

  private static final Comparator<Kept> NEWEST_FIRST =
      Comparator.comparing((Kept kept) -> kept.look.started())
          .reversed()
          .thenComparing(kept -> kept.folder.name());

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path directory;
  private Map<String, Kept> runs = new LinkedHashMap<>();

  /**
   * The board over this directory.
   *
   * @throws InvalidInputException if there is no such directory, it cannot be read, or it is itself
   *     a run
   */
  public Board(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new InvalidInputException(directory + ": there is no such directory");
    }
    this.directory = directory;
    look();
  }

  /** How many run directories there were at the last look. */
  public synchronized int runs() {
    return runs.size();
  }

  /** How many of them could not be read. */
  public synchronized long unreadable() {
    return runs.values().stream()
        .filter(kept -> kept.look.status() == BoardState.Status.UNREADABLE)
        .count();
  }

  /** Reads what is new or has changed since the last look. */
  public synchronized void look() {
    Map<String, Kept> now = new HashMap<>();
    List<RunFolders.Folder> folders = RunFolders.in(directory);
    folders.parallelStream()
        .map(this::kept)
        .toList()
        .forEach(kept -> now.put(kept.folder.name(), kept));
    runs = now;
  }

  private Kept kept(RunFolders.Folder folder) {
    RunDirectory run = RunDirectory.open(folder.path());
    String stamp = stamp(folder.path().resolve("record.json")) + run.isHeld();
    Kept before = runs.get(folder.name());
    return before != null && before.stamp.equals(stamp)
        ? before
        : new Kept(folder, stamp, RunLook.at(run));
  }

  /** A record is always renamed into its place: it is another file whenever it has changed. */
  private static String stamp(Path file) {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return now.lastModifiedTime() + " " + now.size() + " " + now.fileKey() + " ";
    } catch (IOException e) {
      return "none ";
    }
  }

  /** The page of the last look by itself, whose links begin at the folder of {@code file}. */
  public synchronized String page(Path file) {
    Path from = file.toAbsolutePath().normalize().getParent();
    return BoardPage.of(json(false, Links.ofFiles(from, directory)), name());
  }

  /** The page that a server gives, before it asks for more. */
  synchronized String page() {
    return BoardPage.of(json(true, Links.SERVED), name());
  }

  /** What that page asks for again and again. */
  synchronized String json() {
    return json(true, Links.SERVED);
  }

  private String json(boolean live, Links links) {
    Map<RunFolders.Folder, RunLook> looks = new LinkedHashMap<>();
    runs.values().stream().sorted(NEWEST_FIRST).forEach(kept -> looks.put(kept.folder, kept.look));
    try {
      return JSON.writeValueAsString(BoardColumns.of(looks).state(name(), live, links));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a board is plain data", e);
    }
  }

  private String name() {
    return directory.toAbsolutePath().normalize().getFileName().toString();
  }

  /**
   * The report of these runs, by their names on the board; empty if one of them is not on it.
   *
   * @throws InvalidInputException if one cannot be read
   */
  Optional<String> report(List<String> names) {
    List<RunFolders.Folder> found;
    synchronized (this) {
      if (names.isEmpty() || !runs.keySet().containsAll(names)) {
        return Optional.empty();
      }
      found = names.stream().distinct().map(name -> runs.get(name).folder).toList();
    }
    List<NamedRun> named =
        found.stream()
            .map(run -> new NamedRun(run.name(), RunDirectory.open(run.path()).record()))
            .toList();
    return Optional.of(HtmlReport.render(named));
  }

  /** Whether one of these runs goes on. */
  synchronized boolean goOn(List<String> names) {
    return names.stream()
        .map(runs::get)
        .anyMatch(kept -> kept != null && kept.look.status() == BoardState.Status.RUNNING);
  }

  /** The page of a study, if a study of this name has one. */
  synchronized Optional<Path> study(String name) {
    return runs.values().stream()
        .filter(kept -> kept.folder.study().equals(name))
        .map(kept -> kept.folder.path().resolveSibling("study.html"))
        .filter(Files::isRegularFile)
        .findFirst();
  }
}
