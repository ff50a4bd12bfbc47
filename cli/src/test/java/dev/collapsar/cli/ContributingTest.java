package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What CONTRIBUTING.md says to whoever adds something. */
class ContributingTest {
  private static final Path PROJECT = Path.of("..");
  private static final Path CORE = PROJECT.resolve("core/src/main/java/dev/collapsar");
  private static final Path LEARN = PROJECT.resolve("learn/src/main/java/dev/collapsar/learn");
  private static final Pattern CLASS = Pattern.compile("`((?:[a-z]+\\.)+[A-Z]\\w+)`");

  /** By what marks a file as one of them; a recipe is its whole package. */
  private static final Map<String, String> MARKS =
      Map.of(
          "a metric", "static final CollapseMetric ",
          "a recipe", "implements Recipe ",
          "an adapter layout", "extends PeftMethod ",
          "a network family", "Architecture ARCHITECTURE",
          "a setting", "List<Setting<?>> settings()",
          "a data set", "ImageSet load(Path");

  /** Sizes change, so that the next one may have become the smallest by a few lines. */
  private static final double SLACK = 1.25;

  @Test
  void eachWayToAddSomethingPointsAtTheSmallestThatThereIs() throws IOException {
    Map<String, List<Path>> rows = rows();
    assertEquals(new TreeMap<>(MARKS).keySet(), rows.keySet());
    for (String kind : rows.keySet()) {
      List<Path> named = rows.get(kind);
      for (Path file : named) {
        assertTrue(Files.exists(file), kind + ": " + file + " is gone");
      }
      Path example = named.get(named.size() - 1);
      List<Path> all = marked(example.getParent(), kind);
      assertTrue(all.contains(example), kind + ": " + example + " is none of " + all);
      Path smallest = all.stream().min((a, b) -> Long.compare(size(a, kind), size(b, kind))).get();
      assertTrue(
          size(example, kind) <= SLACK * size(smallest, kind),
          "%s: %s is smaller than %s".formatted(kind, smallest, example));
    }
  }

  private static List<Path> marked(Path room, String kind) throws IOException {
    Path from = kind.equals("a recipe") ? room.getParent() : room;
    try (Stream<Path> files = Files.walk(from)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> text(file).contains(MARKS.get(kind)))
          .toList();
    }
  }

  private static long size(Path file, String kind) {
    if (!kind.equals("a recipe")) {
      return text(file).length();
    }
    try (Stream<Path> all = Files.list(file.getParent())) {
      return all.mapToLong(one -> text(one).length()).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The classes that each row of the table names, the example last. */
  private static Map<String, List<Path>> rows() throws IOException {
    Map<String, List<Path>> rows = new TreeMap<>();
    for (String line : Files.readAllLines(PROJECT.resolve("CONTRIBUTING.md"))) {
      String kind = line.startsWith("| a") ? line.substring(2, line.indexOf(" |", 2)) : "";
      if (!MARKS.containsKey(kind)) {
        continue;
      }
      List<Path> named = new ArrayList<>();
      Matcher matcher = CLASS.matcher(line);
      while (matcher.find()) {
        Path file = Path.of(matcher.group(1).replace('.', '/') + ".java");
        Path core = CORE.resolve(file);
        named.add(Files.exists(core) ? core : LEARN.resolve(file));
      }
      rows.put(kind, named);
    }
    return rows;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
