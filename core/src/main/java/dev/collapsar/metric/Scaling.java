package dev.collapsar.metric;

import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.FeatureReadings;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/**
 * Powers of two that features and weights are divided by before anything is squared, so that
 * features at 1e-170 and weights at 1e200 are measured as any others. Dividing by them is exact, so
 * numbers that do not depend on the scale keep every bit; those that do are multiplied again.
 *
 * @param features e of 2^e; 0 unless the features are beyond 2^-200 to 2^200
 * @param weights likewise
 */
record Scaling(int features, int weights) {
  static final Scaling NONE = new Scaling(0, 0);

  /** What lies within 2^-200 to 2^200 can be squared twice and summed. */
  private static final int SAFE = 200;

  private static final Set<String> COLUMNS =
      Set.of(
          "",
          "_null_mean",
          "_null_std",
          "_null_median",
          "_null_low",
          "_null_high",
          "_null_closed_form",
          "_corrected",
          "_corrected_low",
          "_corrected_high");

  static Scaling of(CollapseInputs inputs) {
    double magnitude =
        inputs.train() == null
            ? 0
            : inputs.train().rowByRow().map(FeatureTable::magnitude).orElse(0.0);
    double weight =
        inputs.weights() == null ? 0 : inputs.weights().stream().map(Math::abs).max().orElse(0);
    return new Scaling(exponent(magnitude), exponent(weight));
  }

  private static int exponent(double magnitude) {
    int exponent = magnitude == 0 || !Double.isFinite(magnitude) ? 0 : Math.getExponent(magnitude);
    return Math.abs(exponent) > SAFE ? exponent : 0;
  }

  CollapseInputs applied(CollapseInputs inputs) {
    return equals(NONE)
        ? inputs
        : new CollapseInputs(
            scaled(inputs.train()),
            inputs.moments(),
            inputs.classes(),
            inputs.weights() == null
                ? null
                : Matrix.of(
                    inputs.weights().rows(),
                    inputs.weights().columns(),
                    scaled(inputs.weights().toArray(), weights)),
            inputs.bias() == null ? null : scaled(inputs.bias(), features + weights),
            scaled(inputs.test()),
            inputs.ood() == null || inputs.ood().readings() == null
                ? inputs.ood()
                : new CollapseInputs.Ood(
                    scaled(inputs.ood().readings()), null, inputs.ood().classes()),
            inputs.options(),
            inputs.watcher());
  }

  private FeatureReadings scaled(FeatureReadings readings) {
    return features == 0 || readings == null || readings.rowByRow().isEmpty()
        ? readings
        : FeatureReadings.of(new Scaled(readings.rowByRow().get(), features));
  }

  private static double[] scaled(double[] values, int by) {
    return Arrays.stream(values).map(value -> Math.scalb(value, -by)).toArray();
  }

  /** A number of the divided features and weights as that of the given ones. */
  Measurement restored(Measurement number, CollapseOptions options) {
    double exponent = exponent(number.id(), options);
    if (exponent == 0 || !(number instanceof Measurement.Defined defined)) {
      return number;
    }
    double value =
        exponent == Math.rint(exponent)
            ? Math.scalb(defined.value(), (int) exponent)
            : defined.value() * Math.pow(2, exponent);
    boolean lost = defined.value() != 0 && Math.abs(value) < Double.MIN_NORMAL;
    return lost || !Double.isFinite(value)
        ? Measurement.undefined(
            number.info(),
            "a double cannot hold it: it is %s times 2 to the power %s"
                .formatted(
                    defined.value(),
                    exponent == Math.rint(exponent)
                        ? String.valueOf((long) exponent)
                        : String.valueOf(exponent)))
        : Measurement.of(number.info(), value, defined.note());
  }

  private double exponent(String id, CollapseOptions options) {
    Map<String, Double> exponents =
        Map.of(
            MeansGeometry.NC2_NORMS_MEAN.id(),
            (double) features,
            MeansGeometry.NC2_NORMS_STD.id(),
            (double) features,
            DualGeometry.NC3U_UNI_DUAL.id(),
            2.0 * (features + weights),
            MeansGeometry.NC1_CDNV.id(),
            2.0 * features * (1 - options.distExponent()));
    return exponents.entrySet().stream()
        .filter(
            of ->
                id.startsWith(of.getKey()) && COLUMNS.contains(id.substring(of.getKey().length())))
        .mapToDouble(Map.Entry::getValue)
        .findFirst()
        .orElse(0);
  }

  /** A table whose values are divided as they are read. */
  private record Scaled(FeatureTable table, int by) implements FeatureTable {
    @Override
    public String name() {
      return table.name();
    }

    @Override
    public long rows() {
      return table.rows();
    }

    @Override
    public int width() {
      return table.width();
    }

    @Override
    public BatchSource read(long from, long to, int batchRows) {
      return table.read(from, to, batchRows).map(this::divided);
    }

    private LabeledBatch divided(LabeledBatch batch) {
      double[] values = new double[batch.rows() * batch.width()];
      int start = batch.start() * batch.width();
      for (int i = 0; i < values.length; i++) {
        double value = batch.isDouble() ? batch.doubles()[start + i] : batch.floats()[start + i];
        values[i] = Math.scalb(value, -by);
      }
      int[] labels =
          Arrays.copyOfRange(batch.labels(), batch.start(), batch.start() + batch.rows());
      return LabeledBatch.of(values, labels, batch.firstRow(), batch.rows(), batch.width());
    }

    @Override
    public void close() {
      table.close();
    }
  }
}
