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
 * Markdown: what they are at each size, and the exponents, slopes of the straight lines through the
 * logarithms that are nearest by least squares. Each size has a process of its own with one thread,
 * so that its peak of memory is its own. Takes some minutes.
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

  /** The slope of ln y over ln x by least squares; unknown where a y is not above zero. */
  static String exponent(List<Integer> sizes, List<Double> values) {
    if (values.stream().anyMatch(v -> !(v > 0))) {
      return "unknown";
    }
    double[] x = sizes.stream().mapToDouble(Math::log).toArray();
    double[] y = values.stream().mapToDouble(Math::log).toArray();
    double meanX = mean(x);
    double meanY = mean(y);
    double products = 0;
    double squares = 0;
    for (int i = 0; i < x.length; i++) {
      products += (x[i] - meanX) * (y[i] - meanY);
      squares += (x[i] - meanX) * (x[i] - meanX);
    }
    return String.format(Locale.ROOT, "%.2f", products / squares);
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }
}
