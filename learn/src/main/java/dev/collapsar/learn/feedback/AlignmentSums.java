package dev.collapsar.learn.feedback;

import dev.collapsar.calibration.NullColumns;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

/**
 * Sums over samples about each hidden state h_l, its gradient g_l and its teaching signal a_l = e
 * B^T.
 *
 * @param samples how many
 * @param errorGram sum of e e^T, (K,K)
 * @param layers for each hidden state
 */
public record AlignmentSums(long samples, Matrix errorGram, List<Layer> layers) {
  private static final double SINGLE_PRECISION = Math.ulp(1f);
  private static final String NO_SAMPLES = "no samples";

  /**
   * The sums of one hidden state.
   *
   * @param defined samples of which g and a are both not exactly zero
   * @param cosine of cos(a, g) over those
   * @param signalSquares of ||a||^2
   * @param gradientSquares of ||g||^2
   * @param gradient of ||g||
   * @param activation of ||h||
   * @param signsEqual components in which a and g have the same sign
   * @param signs components in which neither is zero
   * @param outer of g e^T over unit vectors, (D,K)
   */
  record Layer(
      long defined,
      double cosine,
      double signalSquares,
      double gradientSquares,
      double gradient,
      double activation,
      long signsEqual,
      long signs,
      Matrix outer) {
    static Layer empty(int width, int classes) {
      return new Layer(
          0, 0, 0, 0, 0, 0, 0, 0, Matrix.of(width, classes, new double[width * classes]));
    }

    Layer plus(Layer other) {
      return new Layer(
          defined + other.defined,
          cosine + other.cosine,
          signalSquares + other.signalSquares,
          gradientSquares + other.gradientSquares,
          gradient + other.gradient,
          activation + other.activation,
          signsEqual + other.signsEqual,
          signs + other.signs,
          sum(outer, other.outer));
    }
  }

  public AlignmentSums {
    layers = List.copyOf(layers);
  }

  /** The mean cosine of each hidden state; NaN where it is undefined. */
  double[] cosines() {
    return IntStream.range(0, layers.size())
        .mapToDouble(
            l -> cosine(l) instanceof Measurement.Defined defined ? defined.value() : Double.NaN)
        .toArray();
  }

  /** The sums over no samples. */
  public static AlignmentSums none(List<Long> widths, int classes) {
    return new AlignmentSums(
        0,
        Matrix.of(classes, classes, new double[classes * classes]),
        widths.stream().map(d -> Layer.empty(Math.toIntExact(d), classes)).toList());
  }

  /**
   * The sums over both parts.
   *
   * @throws IllegalArgumentException if the parts are of other widths or classes
   */
  AlignmentSums plus(AlignmentSums part) {
    if (!shape().equals(part.shape())) {
      throw new IllegalArgumentException(
          "sums of widths and classes %s cannot take those of %s".formatted(shape(), part.shape()));
    }
    List<Layer> both = new ArrayList<>();
    for (int l = 0; l < layers.size(); l++) {
      both.add(layers.get(l).plus(part.layers.get(l)));
    }
    return new AlignmentSums(samples + part.samples, sum(errorGram, part.errorGram), both);
  }

  private List<Integer> shape() {
    List<Integer> shape = new ArrayList<>(layers.stream().map(l -> l.outer().rows()).toList());
    shape.add(errorGram.rows());
    return shape;
  }

  private static Matrix sum(Matrix a, Matrix b) {
    double[] values = a.toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] += b.at(i);
    }
    return Matrix.of(a.rows(), a.columns(), values);
  }

  /** The mean cosine of a_l and g_l, or why there is none. */
  public Measurement cosine(int l) {
    Layer layer = layers.get(l);
    MetricInfo info = LearnMetrics.FEEDBACK_COS.ofLayer(l);
    if (layer.defined == 0) {
      return Measurement.undefined(info, unalignable(l));
    }
    long left = samples - layer.defined;
    return Measurement.of(
        info,
        layer.cosine / layer.defined,
        left == 0
            ? null
            : "%s of %s samples left out: their gradient is exactly zero".formatted(left, samples));
  }

  private String unalignable(int l) {
    return samples == 0
        ? NO_SAMPLES
        : "the gradient by hidden state %s is exactly zero in all %s samples".formatted(l, samples);
  }

  /** The mean of the layers' cosines from l = 1 on; undefined if one of them is. */
  public Measurement deepCosine() {
    MetricInfo info = LearnMetrics.FEEDBACK_COS_DEEP;
    if (layers.size() < 2) {
      return Measurement.undefined(info, "the network has no hidden state after h_0");
    }
    double sum = 0;
    for (int l = 1; l < layers.size(); l++) {
      Measurement cosine = cosine(l);
      if (cosine instanceof Measurement.Undefined undefined) {
        return Measurement.undefined(info, undefined.reason());
      }
      sum += ((Measurement.Defined) cosine).value();
    }
    return Measurement.of(info, sum / (layers.size() - 1));
  }

  /** Every number of the probe, layer by layer. */
  public List<Measurement> measurements() {
    List<Measurement> all = new ArrayList<>();
    for (int l = 0; l < layers.size(); l++) {
      all.add(cosine(l));
    }
    all.add(deepCosine());
    for (int l = 0; l < layers.size(); l++) {
      all.addAll(ofSignal(l));
      all.addAll(ofNetwork(l));
    }
    all.add(errorRank());
    return all;
  }

  /** The same with what is of the feedback undefined, for this reason: there is none. */
  public List<Measurement> withoutFeedback(String reason) {
    List<Measurement> ofFeedback = new ArrayList<>();
    for (int l = 0; l < layers.size(); l++) {
      ofFeedback.add(cosine(l));
    }
    ofFeedback.add(deepCosine());
    List<Measurement> all = new ArrayList<>(undefined(ofFeedback, reason));
    for (int l = 0; l < layers.size(); l++) {
      all.addAll(undefined(ofSignal(l), reason));
      all.addAll(ofNetwork(l));
    }
    all.add(errorRank());
    return all;
  }

  private static List<Measurement> undefined(List<Measurement> measurements, String reason) {
    return measurements.stream().map(m -> Measurement.undefined(m.info(), reason)).toList();
  }

  private List<Measurement> ofSignal(int l) {
    Layer layer = layers.get(l);
    return List.of(
        quotient(
            LearnMetrics.FEEDBACK_NORM_RATIO.ofLayer(l),
            Math.sqrt(layer.signalSquares),
            Math.sqrt(layer.gradientSquares),
            unalignable(l)),
        quotient(
            LearnMetrics.FEEDBACK_SIGN.ofLayer(l), layer.signsEqual, layer.signs, unalignable(l)));
  }

  private List<Measurement> ofNetwork(int l) {
    Layer layer = layers.get(l);
    return List.of(
        quotient(LearnMetrics.ACTIVATION_NORM.ofLayer(l), layer.activation, samples, NO_SAMPLES),
        quotient(LearnMetrics.GRADIENT_NORM.ofLayer(l), layer.gradient, samples, NO_SAMPLES));
  }

  private static Measurement quotient(MetricInfo info, double sum, double count, String reason) {
    return count == 0 ? Measurement.undefined(info, reason) : Measurement.of(info, sum / count);
  }

  /**
   * exp of the entropy of the singular values of the errors (n,K), scaled to the sum 1. Those
   * within the rounding of single precision directions count as zero: one always is, errors sum to
   * 0.
   */
  private Measurement errorRank() {
    double[] values = Blas.reference().eigenvalues(errorGram);
    double zero = Math.pow(values.length * SINGLE_PRECISION, 2) * values[values.length - 1];
    double[] roots = Arrays.stream(values).filter(v -> v > zero).map(Math::sqrt).toArray();
    double sum = Arrays.stream(roots).sum();
    if (sum == 0) {
      return Measurement.undefined(
          LearnMetrics.ERROR_RANK, samples == 0 ? NO_SAMPLES : "every error is exactly zero");
    }
    double entropy = Arrays.stream(roots).map(r -> r / sum).map(p -> -p * Math.log(p)).sum();
    return Measurement.of(LearnMetrics.ERROR_RANK, Math.exp(entropy));
  }

  /**
   * What fresh matrices with entries N(0,1) make the batch mean of hidden state l deviate from 0
   * by, to first order: ||mean g e^T||_F / sqrt(D) over unit vectors, since all samples share B.
   */
  double analyticStd(int l) {
    Layer layer = layers.get(l);
    return frobenius(layer.outer) / layer.defined / Math.sqrt(layer.outer.rows());
  }

  /** Likewise for the deep mean, states of one matrix adding up before the norm is taken. */
  double analyticDeepStd(Pairing pairing) {
    double squares = 0;
    for (int j = 0; j < pairing.count(); j++) {
      Matrix together = null;
      for (int l : pairing.fedBy(j)) {
        if (l > 0) {
          Matrix mean = scaled(layers.get(l));
          together = together == null ? mean : sum(together, mean);
        }
      }
      squares += together == null ? 0 : Math.pow(frobenius(together), 2);
    }
    return Math.sqrt(squares) / (layers.size() - 1);
  }

  /**
   * Both as measurements, {@code feedback_cos_l<i>_null_std_analytic} and that of the deep mean.
   */
  public List<Measurement> analyticStds(Pairing pairing) {
    List<Measurement> all = new ArrayList<>();
    for (int l = 0; l < layers.size(); l++) {
      int state = l;
      all.add(analytic(cosine(l), () -> analyticStd(state)));
    }
    all.add(analytic(deepCosine(), () -> analyticDeepStd(pairing)));
    return all;
  }

  private static Measurement analytic(Measurement cosine, DoubleSupplier deviation) {
    MetricInfo info = NullColumns.of(cosine.info()).info(Column.STD_ANALYTIC);
    return cosine instanceof Measurement.Undefined undefined
        ? Measurement.undefined(info, undefined.reason())
        : Measurement.of(info, deviation.getAsDouble());
  }

  private static Matrix scaled(Layer layer) {
    double factor = 1 / (layer.defined * Math.sqrt(layer.outer.rows()));
    double[] values = layer.outer.stream().map(v -> v * factor).toArray();
    return Matrix.of(layer.outer.rows(), layer.outer.columns(), values);
  }

  private static double frobenius(Matrix matrix) {
    return Math.sqrt(matrix.stream().map(v -> v * v).sum());
  }
}
