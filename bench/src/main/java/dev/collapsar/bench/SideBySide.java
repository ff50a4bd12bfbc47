package dev.collapsar.bench;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The training steps of {@link TimedSteps} beside the same in PyTorch, {@code
 * bench/pytorch/steps.py}, plain, tuned and compiled: medians in ms of processes that take turns,
 * as a table in Markdown. Ours are in a bare JVM, as a library user starts it, and PyTorch's in a
 * bare Python. With a number, the same beside so many busy processes.
 *
 * <pre>java ... dev.collapsar.bench.SideBySide python steps.py [rounds [busy]]</pre>
 */
public final class SideBySide {
  private static final List<String> MODES = List.of("plain", "tuned", "compiled");

  private SideBySide() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 3;
    int busy = args.length > 3 ? Integer.parseInt(args[3]) : 0;
    Map<String, List<Double>> ours = new LinkedHashMap<>();
    Map<String, Map<String, List<Double>>> theirs = new LinkedHashMap<>();
    BusyProcesses others = new BusyProcesses(busy);
    try (others) {
      for (int round = 0; round < rounds; round++) {
        TimedSteps.run(
            TimedSteps.java(TimedSteps.class), EnvironmentRatios.LAUNCHER.keySet(), Map.of(), ours);
        for (String mode : MODES) {
          TimedSteps.run(
              List.of(args[0], args[1], mode),
              EnvironmentRatios.LAUNCHER.keySet(),
              Map.of(),
              theirs.computeIfAbsent(mode, m -> new LinkedHashMap<>()));
        }
      }
    }
    System.out.println("| ms a step | Collapsar | bare | PyTorch plain | tuned | compiled |");
    System.out.println("|---|---|---|---|---|---|");
    ours.keySet().stream()
        .filter(work -> !work.startsWith(TimedSteps.BARE))
        .forEach(work -> print(work, ours, theirs));
  }

  private static void print(
      String work, Map<String, List<Double>> ours, Map<String, Map<String, List<Double>>> theirs) {
    double own = TimedSteps.median(ours.get(work));
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "| %s | %.2f |", work, own));
    List<Double> bare = ours.get(TimedSteps.BARE + work);
    line.append(bare == null ? " |" : with(TimedSteps.median(bare), own));
    MODES.forEach(mode -> line.append(with(TimedSteps.median(theirs.get(mode).get(work)), own)));
    System.out.println(line);
  }

  /** A time, and how many times as long ours is. */
  private static String with(double time, double own) {
    return String.format(Locale.ROOT, " %.2f (%.2f) |", time, own / time);
  }
}
