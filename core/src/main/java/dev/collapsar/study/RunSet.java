package dev.collapsar.study;

import dev.collapsar.InvalidInputException;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Runs that are read together, which settings differ between them, and the groups that differ in
 * their seeds alone. Immutable.
 */
public final class RunSet {
  private static final String DATA = "data";

  /**
   * Runs that differ in nothing but their seeds.
   *
   * @param values what sets them apart from other groups, by the axes' keys in their order; empty
   *     if there is one group
   */
  public record Group(Map<String, String> values, List<StudyRun> runs) {
    public Group {
      values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
      runs = List.copyOf(runs);
    }
  }

  private final List<StudyRun> runs;
  private final List<Axis> axes;

  private RunSet(List<StudyRun> runs) {
    this.runs = List.copyOf(runs);
    this.axes = axes(this.runs);
  }

  /**
   * These runs, in this order.
   *
   * @throws InvalidInputException if there are none
   */
  public static RunSet of(List<StudyRun> runs) {
    if (runs.isEmpty()) {
      throw new InvalidInputException("a study needs at least one run, got none");
    }
    return new RunSet(runs);
  }

  /**
   * The runs of a directory: each of its folders that holds a record, in the order of their names,
   * numbers by size.
   *
   * @throws InvalidInputException if it cannot be read, is itself a run, or holds none
   */
  public static RunSet in(Path directory) {
    if (RunDirectory.open(directory).hasRecord()) {
      throw new InvalidInputException(
          "%s is one run; name the directory that holds it and others".formatted(directory));
    }
    List<StudyRun> found = new ArrayList<>();
    for (Path folder : folders(directory)) {
      RunDirectory run = RunDirectory.open(folder);
      if (run.hasRecord()) {
        found.add(new StudyRun(folder.getFileName().toString(), run.record()));
      }
    }
    if (found.isEmpty()) {
      throw new InvalidInputException(
          "%s holds no run: none of its folders has a record.json".formatted(directory));
    }
    return new RunSet(found);
  }

  private static List<Path> folders(Path directory) {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(Files::isDirectory)
          .sorted(Comparator.comparing(f -> f.getFileName().toString(), NaturalOrder.OF_TEXT))
          .toList();
    } catch (IOException e) {
      throw InvalidInputException.because(directory + " cannot be read", e);
    }
  }

  public List<StudyRun> runs() {
    return runs;
  }

  /** Those that ran to their end. */
  public List<StudyRun> complete() {
    return runs.stream().filter(StudyRun::isComplete).toList();
  }

  /**
   * The settings that differ, but for the seeds and for the place of the same data, in the order of
   * the records.
   */
  public List<Axis> axes() {
    return axes;
  }

  private static List<Axis> axes(List<StudyRun> runs) {
    Set<String> keys = new LinkedHashSet<>();
    runs.forEach(run -> keys.addAll(run.settings().keySet()));
    List<Axis> axes = new ArrayList<>();
    for (String key : keys) {
      List<String> values = runs.stream().map(run -> value(run, key)).distinct().toList();
      if (values.size() > 1 && !key.equals(DATA)) {
        axes.add(new Axis(key, values));
      }
    }
    return List.copyOf(axes);
  }

  /** The value of a setting in a run, as text; empty if it has none. */
  static String value(StudyRun run, String key) {
    return run.settings().getOrDefault(key, "");
  }

  /** What sets a run apart from those of other groups. */
  public Map<String, String> values(StudyRun run) {
    Map<String, String> values = new LinkedHashMap<>();
    axes.forEach(axis -> values.put(axis.key(), value(run, axis.key())));
    return values;
  }

  /** The runs by what but their seeds sets them apart, in the order of their first ones. */
  public List<Group> groups() {
    Map<Map<String, String>, List<StudyRun>> groups = new LinkedHashMap<>();
    runs.forEach(run -> groups.computeIfAbsent(values(run), v -> new ArrayList<>()).add(run));
    return groups.entrySet().stream().map(e -> new Group(e.getKey(), e.getValue())).toList();
  }

  /**
   * Whether these can be read together, each to its end, and some differ in their seeds alone: then
   * they say more as groups than side by side.
   */
  public boolean hasSeedsToGroup() {
    return complete().size() == runs.size()
        && problem().isEmpty()
        && groups().stream().anyMatch(group -> group.runs().size() > 1);
  }

  /**
   * Refuses what cannot be read together.
   *
   * @throws InvalidInputException if runs are of different recipes or data, or two have the same
   *     settings and seeds
   */
  public void requireComparable() {
    problem()
        .ifPresent(
            why -> {
              throw new InvalidInputException(why);
            });
  }

  private Optional<String> problem() {
    StudyRun first = runs.get(0);
    Map<Object, StudyRun> seen = new LinkedHashMap<>();
    for (StudyRun run : runs) {
      if (!run.record().recipe().equals(first.record().recipe())) {
        return Optional.of(
            "%s is of the recipe %s and %s of %s; a study is of one recipe"
                .formatted(first, first.record().recipe(), run, run.record().recipe()));
      }
      Optional<String> otherData = otherData(first, run);
      if (otherData.isPresent()) {
        return otherData;
      }
      StudyRun same = seen.put(List.of(run.settings(), run.seed(), run.adaptSeed()), run);
      if (same != null) {
        return Optional.of(
            "%s and %s have the same settings and seed %s; a seed counts once"
                .formatted(same, run, run.seed()));
      }
    }
    return Optional.empty();
  }

  /** By the hashes of their files: how many of the samples take part is a setting. */
  private static Optional<String> otherData(StudyRun first, StudyRun run) {
    Map<String, RunRecord.DataSet> known = new LinkedHashMap<>();
    first.record().data().forEach(set -> known.put(set.role(), set));
    for (RunRecord.DataSet set : run.record().data()) {
      RunRecord.DataSet other = known.get(set.role());
      if (other != null && !other.sha256().equals(set.sha256())) {
        return Optional.of(
            ("%s and %s have different %s data (%s and %s, by their hashes); a study is"
                    + " of one data set")
                .formatted(first, run, set.role(), other.name(), set.name()));
      }
    }
    return Optional.empty();
  }
}
