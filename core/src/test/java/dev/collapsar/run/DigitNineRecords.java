package dev.collapsar.run;

import dev.collapsar.metric.Measurement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Records as the digit-nine recipe leaves them: two variants, no shifted test set, exhibits. */
public final class DigitNineRecords {
  private static final long PARAMETERS = 2_807_010;

  private DigitNineRecords() {}

  public static RunRecord digitNine() {
    RunRecord like = RunRecords.domainShift();
    List<RunRecord.Row> rows = new ArrayList<>();
    measure(rows, "base", "pretrain", 0, 2.31, .098, null, null);
    measure(rows, "base", "pretrain", 1, .131, .9612, .232, .931);
    measure(rows, "lora-r1", "adapt", 0, .131, .9612, null, null);
    measure(rows, "lora-r1", "adapt", 1, .402, .8874, .118, .969);
    return RecordDraft.begun(
            "digit-nine",
            "Rank-1 LoRA teaches an MLP its worst digit; what it forgets meanwhile",
            like.environment(),
            like.started())
        .status(RunRecord.Status.COMPLETE)
        .finished(like.started().plusSeconds(41))
        .settings(Map.of("digit", "worst"))
        .seed(42)
        .data(like.data())
        .variants(
            List.of(
                new RunRecord.Variant(
                    "base",
                    "pretrain",
                    PARAMETERS,
                    PARAMETERS,
                    List.of("0.weight", "0.bias"),
                    null),
                new RunRecord.Variant(
                    "lora-r1",
                    "adapt",
                    PARAMETERS + 6_794,
                    6_794,
                    List.of("0.A", "0.B"),
                    "adapters/lora-r1")))
        .epochs(
            List.of(
                new RunRecord.Epoch("base", "pretrain", 0, 0, .4),
                new RunRecord.Epoch("base", "pretrain", 1, 22.1, .4),
                new RunRecord.Epoch("lora-r1", "adapt", 0, 0, .4),
                new RunRecord.Epoch("lora-r1", "adapt", 1, .25, .4)))
        .measurements(rows)
        .exhibits(exhibits(""))
        .metrics(FormatOne.infos(rows))
        .record();
  }

  private static void measure(
      List<RunRecord.Row> rows,
      String variant,
      String stage,
      int epoch,
      double loss,
      double accuracy,
      Double trainLoss,
      Double trainAccuracy) {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss_train", trainLoss);
    values.put("accuracy_train", trainAccuracy);
    values.put("loss_test", loss);
    values.put("accuracy_test", accuracy);
    values.forEach(
        (id, value) ->
            rows.add(
                RunRecord.Row.of(
                    variant,
                    stage,
                    epoch,
                    "",
                    value == null
                        ? Measurement.undefined(id, "no training step was taken yet")
                        : Measurement.of(id, value))));
  }

  /** What the recipe shows; every free text ends in {@code text}. */
  static List<ReportItem> exhibits(String text) {
    List<String> digits = IntStream.range(0, 10).mapToObj(k -> k + text).toList();
    double[][] before = confusion(0);
    double[][] after = confusion(1);
    double[][] change = new double[10][10];
    for (int i = 0; i < 10; i++) {
      for (int j = 0; j < 10; j++) {
        change[i][j] = after[i][j] - before[i][j];
      }
    }
    List<List<String>> errors = new ArrayList<>();
    for (int k = 0; k < 10; k++) {
      errors.add(
          List.of(
              k + text,
              "1,000",
              errors(before, k),
              errors(after, k),
              errors(before, k),
              "%+d".formatted((int) (before[k][k] - after[k][k])).replace('-', '−')));
    }
    List<Double> steps = range(0, 100, 1);
    List<Double> scales = range(0, 2, .1);
    return List.of(
        new ReportItem.Table(
            "Errors by digit" + text,
            "Wrong of the test images of each digit. With the adapter disabled they are those"
                + " before it, to the image."
                + text,
            List.of("digit" + text, "images", "before", "with the adapter", "disabled", "change"),
            errors),
        new ReportItem.Table(
            "Layers" + text,
            "What is frozen and what is trained: W + (alpha / rank) B A." + text,
            List.of("layer" + text, "W", "A", "B", "frozen", "trained"),
            List.of(
                List.of("0" + text, "1000 × 784", "1 × 784", "1000 × 1", "785,000", "1,784"),
                List.of("2", "2000 × 1000", "1 × 1000", "2000 × 1", "2,002,000", "3,000"),
                List.of("4", "10 × 2000", "1 × 2000", "10 × 1", "20,010", "2,010"),
                List.of("all", "", "", "", "2,807,010", "6,794"))),
        grid(
            "Confusion before" + text,
            "Test images by digit and by decision." + text,
            digits,
            before,
            false),
        grid("Confusion with the adapter" + text, "The same images." + text, digits, after, false),
        grid(
            "What changed" + text,
            "With the adapter less before: orange more, blue fewer." + text,
            digits,
            change,
            true),
        new ReportItem.LineChart(
            "Forgetting while learning" + text,
            "Test accuracy on the digit that is taught and on all others." + text,
            ReportItem.Axis.linear("training step" + text),
            ReportItem.Axis.percent("test accuracy" + text),
            List.of(
                curve("digit 9" + text, null, steps, t -> .999 - .057 * Math.exp(-t / 12)),
                curve(
                    "other digits" + text,
                    null,
                    steps,
                    t -> .963 - .09 * (1 - Math.exp(-t / 40)) + .003 * Math.sin(t)))),
        new ReportItem.LineChart(
            "Turning the adapter up" + text,
            "Test accuracy as alpha is scaled, from nothing to twice what was trained." + text,
            ReportItem.Axis.linear("times alpha" + text),
            ReportItem.Axis.percent("test accuracy" + text),
            List.of(
                curve(
                    "all digits" + text,
                    "lora-r1" + text,
                    scales,
                    s -> .9612 - .074 * s * s + .006 * s))));
  }

  private static ReportItem grid(
      String title, String caption, List<String> digits, double[][] values, boolean diverging) {
    List<List<Double>> rows =
        Arrays.stream(values).map(row -> DoubleStream.of(row).boxed().toList()).toList();
    return new ReportItem.Heatmap(
        title, caption, "true", "taken for", digits, digits, rows, diverging);
  }

  private static ReportItem.Curve curve(
      String name, String variant, List<Double> x, DoubleUnaryOperator y) {
    return new ReportItem.Curve(name, variant, x, x.stream().map(v -> y.applyAsDouble(v)).toList());
  }

  private static List<Double> range(double from, double to, double step) {
    return IntStream.rangeClosed(0, (int) Math.round((to - from) / step))
        .mapToObj(i -> from + i * step)
        .toList();
  }

  /** 1,000 images a digit; {@code taught} moves them towards 9. */
  private static double[][] confusion(double taught) {
    double[][] counts = new double[10][10];
    for (int i = 0; i < 10; i++) {
      double wrong = 0;
      for (int j = 0; j < 10; j++) {
        if (i != j) {
          int few = (i * 7 + j * 3) % 9;
          int nines = j == 9 ? (i % 3 == 1 ? 180 : 35) : 0;
          double count = i == 9 ? Math.rint(few * (1 - .9 * taught)) : few + taught * nines;
          counts[i][j] = count;
          wrong += count;
        }
      }
      counts[i][i] = 1000 - wrong;
    }
    return counts;
  }

  private static String errors(double[][] counts, int k) {
    return Integer.toString((int) (1000 - counts[k][k]));
  }
}
