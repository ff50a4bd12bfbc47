package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.OutputForm;
import dev.collapsar.cli.output.Reading;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.cli.output.Wrapped;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.dataset.DataFolder;
import dev.collapsar.learn.dataset.ImageFiles;
import dev.collapsar.learn.dataset.ImageRequest;
import dev.collapsar.learn.dataset.NamedImages;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.Normalized;
import dev.collapsar.random.Seed;
import dev.collapsar.report.TextTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Reads image data and says what they are. */
@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Read images and say how many there are, of which size and classes, their normalisation, "
          + "hashes, which cannot be read, and what else is to be known of them.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  collapsar data info mnist",
      "  collapsar data info cifar10 --data-dir downloads",
      "  collapsar data info my-photos",
      "  collapsar data info labels.csv --format json"
    })
final class DataInfoCommand implements Callable<Integer> {
  private static final int UNREADABLE_SHOWN = 10;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "NAME|PATH",
      description =
          "a name ('collapsar data list'), or images: a folder, .zip or .tar with train/<class>/"
              + " and test/<class>/ or with <class>/ alone, or a .csv of file,label beside them")
  private String data;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "where the files of a NAME lie (default: where recipes look for them)")
  private Path dataDir;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "of the split that is drawn where the images come without one; default: 42")
  private long seed = 42;

  @Mixin private OutputForm form;

  /** The data that were found: one set of images a split, and what is to be known of them. */
  private record Data(
      List<ImageSet> sets, Normalized normalized, List<String> notes, List<String> leftOut) {}

  @Override
  public Integer call() {
    PrintWriter stdout = spec.commandLine().getOut();
    Optional<NamedImages> named = NamedImages.named(data);
    Data found = named.map(this::read).orElseGet(() -> readFiles(stdout));
    if (form.isJson()) {
      OutputForm.print(json(found), stdout);
      return ExitCodes.DONE;
    }
    named.ifPresent(
        known ->
            stdout.println(
                Wrapped.behind(
                    data + ": ",
                    "%s; %s"
                        .formatted(
                            known.summary(),
                            dataDir == null
                                ? known.whereabouts(DataFolder.usual())
                                : "in " + dataDir))));
    describe(found.sets(), found.normalized(), stdout);
    say(found.notes(), stdout);
    listLeftOut(found.leftOut(), stdout);
    stdout.flush();
    return ExitCodes.DONE;
  }

  private Data read(NamedImages named) {
    List<ImageSet> sets = named.sets(dataDir);
    List<String> notes =
        sets.size() == 2
            ? ImageData.of(sets.get(0), sets.get(1), named.normalized()).notes()
            : List.of();
    return new Data(sets, named.normalized(), notes, List.of());
  }

  private Data readFiles(PrintWriter stdout) {
    if (dataDir != null) {
      throw new InvalidInputException(
          "--data-dir %s: %s is a place of its own; leave --data-dir out".formatted(dataDir, data));
    }
    try (ImageFiles files = ImageFiles.open(Path.of(data));
        Reading progress = new Reading(new TerminalProgress(stdout), "images")) {
      progress.expect(files.count());
      ImageData loaded =
          files.load(
              ImageRequest.of(
                      new Seed(seed), Runtime.getRuntime().availableProcessors(), progress::advance)
                  .skipping(true));
      List<ImageSet> sets = new ArrayList<>(List.of(loaded.train()));
      loaded.validation().ifPresent(sets::add);
      sets.add(loaded.test());
      return new Data(sets, loaded.normalized(), loaded.notes(), loaded.leftOut());
    }
  }

  private static void listLeftOut(List<String> leftOut, PrintWriter stdout) {
    if (leftOut.isEmpty()) {
      return;
    }
    stdout.printf(
        Locale.ROOT,
        "%n%d %s cannot be read:%n",
        leftOut.size(),
        leftOut.size() == 1 ? "image" : "images");
    leftOut.stream().limit(UNREADABLE_SHOWN).forEach(line -> stdout.println("  " + line));
    if (leftOut.size() > UNREADABLE_SHOWN) {
      stdout.printf(Locale.ROOT, "  and %d more%n", leftOut.size() - UNREADABLE_SHOWN);
    }
  }

  private Map<String, Object> json(Data found) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("data", data);
    json.put("classes", found.sets().get(0).classes());
    json.put("splits", found.sets().stream().map(DataInfoCommand::row).toList());
    json.put("mean", found.normalized().mean());
    json.put("deviation", found.normalized().deviation());
    Map<String, String> hashes = new LinkedHashMap<>();
    found.sets().forEach(set -> hashes.putAll(set.sha256()));
    json.put("sha256", hashes);
    json.put("notes", found.notes());
    json.put("leftOut", found.leftOut());
    return json;
  }

  private static Map<String, Object> row(ImageSet set) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("split", split(set));
    row.put("images", set.count());
    row.put("channels", set.channels());
    row.put("height", set.height());
    row.put("width", set.width());
    row.put(
        "imagesByClass",
        IntStream.range(0, set.classes().size()).mapToObj(label -> count(set, label)).toList());
    return row;
  }

  private static void say(List<String> notes, PrintWriter stdout) {
    if (!notes.isEmpty()) {
      stdout.println();
      notes.forEach(note -> stdout.println(Wrapped.behind("", note)));
    }
  }

  private static void describe(List<ImageSet> sets, Normalized normalized, PrintWriter stdout) {
    for (ImageSet set : sets) {
      stdout.printf(
          Locale.ROOT,
          "%-10s %,d images, channels x height x width %d x %d x %d, %d classes%n",
          split(set),
          set.count(),
          set.channels(),
          set.height(),
          set.width(),
          set.classes().size());
    }
    stdout.printf(Locale.ROOT, "mean       %s%n", rounded(normalized.mean()));
    stdout.printf(Locale.ROOT, "deviation  %s%n%n", rounded(normalized.deviation()));
    List<String> headings = new ArrayList<>(List.of("label", "class"));
    sets.forEach(set -> headings.add(split(set)));
    TextTable classes = new TextTable(headings.toArray(String[]::new));
    for (int label = 0; label < sets.get(0).classes().size(); label++) {
      List<String> cells =
          new ArrayList<>(List.of(Integer.toString(label), sets.get(0).classes().get(label)));
      for (ImageSet set : sets) {
        cells.add(String.format(Locale.ROOT, "%,d", count(set, label)));
      }
      classes.row(cells.toArray(String[]::new));
    }
    stdout.print(classes.folded());
    // Beside a name a hash would not fit a terminal.
    stdout.println();
    stdout.println("SHA-256");
    sets.stream()
        .flatMap(set -> set.sha256().entrySet().stream())
        .distinct()
        .forEach(
            entry -> stdout.printf(Locale.ROOT, "%s%n  %s%n", entry.getKey(), entry.getValue()));
  }

  private static String split(ImageSet set) {
    return set.name().substring(set.name().lastIndexOf('/') + 1);
  }

  private static long count(ImageSet set, int label) {
    return Arrays.stream(set.labels()).filter(found -> found == label).count();
  }

  private static String rounded(List<Double> values) {
    return values.stream()
        .map(value -> String.format(Locale.ROOT, "%.4f", value))
        .collect(Collectors.joining(", "));
  }
}
