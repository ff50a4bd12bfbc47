package dev.collapsar.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * Sets the parts of an epoch of {@code collapse} and {@code collapse-layers} against each other,
 * turn and turn about, so that what else the machine does meets both alike; by the clock and by the
 * time that processors spent.
 *
 * <pre>java ... dev.collapsar.bench.EpochRatios [images [threads [repetitions]]]</pre>
 */
public final class EpochRatios {
  private static final OperatingSystemMXBean MACHINE =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private EpochRatios() {}

  /** Seconds of the clock and of processors. */
  private record Spent(double clock, double processors) {
    static Spent by(Runnable action) {
      long clock = System.nanoTime();
      long processors = MACHINE.getProcessCpuTime();
      action.run();
      return new Spent(
          (System.nanoTime() - clock) * 1e-9, (MACHINE.getProcessCpuTime() - processors) * 1e-9);
    }
  }

  public static void main(String[] args) {
    int images = args.length > 0 ? Integer.parseInt(args[0]) : 6000;
    int threads = args.length > 1 ? Integer.parseInt(args[1]) : 2;
    int repetitions = args.length > 2 ? Integer.parseInt(args[2]) : 5;
    System.out.println("medians of the ratio by the clock and by processor time");
    for (boolean everyStage : new boolean[] {false, true}) {
      String recipe = everyStage ? "collapse-layers" : "collapse";
      try (EpochParts parts = new EpochParts(everyStage, images, threads)) {
        compare(recipe + ": measure / forward", parts::measure, parts::forward, repetitions);
        compare(
            recipe + ": default layout / step",
            parts::stepInDefaultLayout,
            parts::step,
            5 * repetitions);
        compare(recipe + ": input / step", parts::input, parts::step, 5 * repetitions);
      }
    }
  }

  private static void compare(String what, Runnable one, Runnable other, int repetitions) {
    one.run();
    other.run();
    double[] clock = new double[repetitions];
    double[] processors = new double[repetitions];
    double[] seconds = new double[repetitions];
    for (int i = 0; i < repetitions; i++) {
      Spent a = Spent.by(one);
      Spent b = Spent.by(other);
      clock[i] = a.clock / b.clock;
      processors[i] = a.processors / b.processors;
      seconds[i] = b.clock;
    }
    System.out.printf(
        "%-34s %6.3f %6.3f   (the latter %.4f s by the clock)%n",
        what, median(clock), median(processors), median(seconds));
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
