package dev.collapsar.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Prints how processor time and memory grow along each axis of {@link ScaleWork}, as a table in
 * Markdown: what they are at each size, and exponents, the slopes in logarithms between the two
 * largest sizes, where what is constant counts least. Each size has a process of its own with one
 * thread, so that its peak of memory is its own. Takes some minutes.
 *
 * <pre>java ... dev.collapsar.bench.Scale [axis ...]</pre>
 */
public final class Scale {
  private Scale() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    List<ScaleWork> axes =
        args.length == 0
            ? List.of(ScaleWork.values())
            : List.of(args).stream()
                .map(name -> ScaleWork.valueOf(name.toUpperCase(Locale.ROOT)))
                .toList();
    System.out.println("| axis | of | sizes | seconds | time grows as | MB | memory grows as |");
    System.out.println("|---|---|---|---|---|---|---|");
    for (ScaleWork axis : axes) {
      List<Double> seconds = new ArrayList<>();
      List<Double> megabytes = new ArrayList<>();
      for (int size : axis.sizes()) {
        Map<String, List<Double>> measured = new LinkedHashMap<>();
        TimedSteps.run(command(axis, size), Set.of(), Map.of(), measured);
        seconds.add(measured.get("seconds").get(0));
        megabytes.add(measured.get("megabytes").get(0));
      }
      System.out.printf(
          "| %s | %s | %s | %s | %s | %s | %s |%n",
          axis.name().toLowerCase(Locale.ROOT),
          axis.what(),
          String.join(", ", axis.sizes().stream().map(String::valueOf).toList()),
          text(seconds),
          exponent(axis.sizes(), seconds),
          text(megabytes),
          exponent(axis.sizes(), megabytes));
    }
  }

  /** Garbage goes soon and the rest is kept close, so that resident memory is what is needed. */
  private static List<String> command(ScaleWork axis, int size) {
    List<String> command = new ArrayList<>(TimedSteps.java(ScaleWork.class));
    command.addAll(1, List.of("-XX:+UseSerialGC", "-Xmn8m"));
    command.add(axis.name());
    command.add(String.valueOf(size));
    return command;
  }

  private static String text(List<Double> values) {
    return String.join(
        ", ", values.stream().map(v -> String.format(Locale.ROOT, "%.3g", v)).toList());
  }

  /**
   * The slope from the last size but one to the last, in logarithms; unknown where there is none.
   */
  static String exponent(List<Integer> sizes, List<Double> values) {
    int last = sizes.size() - 1;
    double growth = Math.log(values.get(last) / values.get(last - 1));
    double slope = growth / Math.log((double) sizes.get(last) / sizes.get(last - 1));
    return Double.isFinite(slope) ? String.format(Locale.ROOT, "%.2f", slope) : "unknown";
  }
}
