package dev.collapsar.metric;

import dev.collapsar.InvalidInputException;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SymmetricEigen;
import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.stats.ClassMoments;
import java.util.List;

/**
 * The regularised squared loss of a linear classifier on its features,
 *
 * <p>L = (mean over the samples of ||W x + b - e_y||^2 + lambda (||W||_F^2 + ||b||^2)) / 2,
 *
 * <p>and what it is made of: with the classifier that minimises it on these features, W_LS and
 * b_LS, L = LNC1 + LNC23 + Lperp. Each part is at least 0.
 *
 * @param nc1 LNC1 = (tr(W_LS S_W W_LS^T) + lambda (||W_LS||^2 + ||b_LS||^2)) / 2: what the spread
 *     within classes costs the best classifier
 * @param nc23 LNC23 = sum over k of (n_k/N) ||W_LS mu_k + b_LS - e_k||^2 / 2: what the arrangement
 *     of the class means costs it
 * @param perp Lperp: how much worse W and b are than W_LS and b_LS
 */
public record SquaredLoss(double nc1, double nc23, double perp) {
  private static final MetricInfo MSE_LOSS =
      info(
              "mse_loss",
              "Squared loss of the head",
              "Squared error and weight decay of the last layer, halved: the sum of its three"
                  + " parts.",
              "L, their sum")
          .falling("");

  private static final MetricInfo MSE_NC1 =
      info(
          "mse_nc1",
          "Squared loss from the spread",
          "What the spread within classes costs the best last layer.",
          "(tr(W_LS S_W W_LS^T) + lambda (||W_LS||_F^2 + ||b_LS||^2)) / 2");

  private static final MetricInfo MSE_NC23 =
      info(
          "mse_nc23",
          "Squared loss from the means",
          "What the arrangement of the class means costs the best last layer.",
          "sum over k of (n_k/N) ||W_LS mu_k + b_LS - e_k||^2, halved");

  private static final MetricInfo MSE_PERP =
      info(
          "mse_perp",
          "Squared loss off the best head",
          "How much worse the last layer is than the best one for these features.",
          "tr((V - V_LS) A (V - V_LS)^T) / 2 with V = (W, b), A = the mean of (x,1)(x,1)^T + lambda"
              + " I");

  /** What the numbers are. */
  public static final List<MetricInfo> INFOS = List.of(MSE_LOSS, MSE_NC1, MSE_NC23, MSE_PERP);

  /**
   * The parts for features of these moments, which need their scatter. With V = (W, b) and A = the
   * second moment of (x, 1) plus lambda I, V_LS = E[e_y (x, 1)^T] A^-1 and Lperp = tr((V - V_LS) A
   * (V - V_LS)^T) / 2. Classes count by their samples, so that the sum is the loss for classes of
   * any sizes; for equal ones these are the formulas of Han, Papyan and Donoho 2022.
   *
   * @param weights W (K,D)
   * @param bias b (K)
   * @param lambda above 0
   * @throws InvalidInputException if lambda is not above 0, a shape does not agree, or a class has
   *     no samples
   */
  public static SquaredLoss of(
      ClassMoments moments, Matrix weights, double[] bias, double lambda, Blas blas) {
    int classes = moments.classes();
    int width = moments.width();
    require(lambda > 0, "lambda must be above 0, got " + lambda);
    require(
        weights.rows() == classes && weights.columns() == width && bias.length == classes,
        "weights and bias must be (%s,%s) and (%s)".formatted(classes, width, classes));
    Matrix scatter =
        moments
            .scatter()
            .orElseThrow(() -> new InvalidInputException("the moments have no scatter"));
    double samples = moments.samples();
    int extended = width + 1;
    double[] scaled = new double[classes * extended]; // (K,D+1): sqrt(n_k/N) (mu_k, 1)
    double[] cross = new double[classes * extended]; // (K,D+1): (n_k/N) (mu_k, 1)
    for (int k = 0; k < classes; k++) {
      require(moments.count(k) > 0, "class %s has no samples".formatted(k));
      double share = moments.count(k) / samples;
      for (int j = 0; j < extended; j++) {
        double mean = j < width ? moments.means().get(k, j) : 1;
        scaled[k * extended + j] = Math.sqrt(share) * mean;
        cross[k * extended + j] = share * mean;
      }
    }
    double[] a = blas.columnGram(Matrix.of(classes, extended, scaled)).toArray(); // (D+1,D+1)
    for (int i = 0; i < extended; i++) {
      for (int j = 0; i < width && j < width; j++) {
        a[i * extended + j] += scatter.get(i, j) / samples;
      }
      a[i * extended + i] += lambda;
    }
    Matrix second = Matrix.of(extended, extended, a);
    Matrix best = solved(Matrix.of(classes, extended, cross), second, blas); // V_LS (K,D+1)
    return new SquaredLoss(
        within(best, scatter, samples, lambda, blas) / 2,
        between(best, moments) / 2,
        quadratic(difference(weights, bias, best), second, blas) / 2);
  }

  /** L. */
  public double total() {
    return nc1 + nc23 + perp;
  }

  /** {@code mse_loss}, {@code mse_nc1}, {@code mse_nc23}, {@code mse_perp}. */
  public List<Measurement> measurements() {
    return List.of(
        Measurement.of(MSE_LOSS, total()),
        Measurement.of(MSE_NC1, nc1),
        Measurement.of(MSE_NC23, nc23),
        Measurement.of(MSE_PERP, perp));
  }

  private static MetricInfo info(String id, String title, String meaning, String formula) {
    return MetricInfo.of(id, title, Group.LEARNING, meaning)
        .on(Axis.LOG)
        .falling("0")
        .defined(formula, "[0, inf)")
        .from("Han, Papyan and Donoho 2022")
        .undefinedWhere("without weight decay");
  }

  /** B A^-1 for a positive definite A = V^T diag(l) V. */
  private static Matrix solved(Matrix b, Matrix a, Blas blas) {
    SymmetricEigen eigen = blas.eigen(a);
    int n = a.rows();
    double[] turned = blas.timesTransposed(b, eigen.vectors()).toArray(); // (K,n)
    for (int i = 0; i < turned.length; i++) {
      turned[i] /= eigen.values()[i % n];
    }
    return blas.times(Matrix.of(b.rows(), n, turned), eigen.vectors()); // (K,n)
  }

  /** tr(W S W^T) / N + lambda ||V||^2 for V = (W, b). */
  private static double within(Matrix v, Matrix scatter, double samples, double lambda, Blas blas) {
    int classes = v.rows();
    int width = scatter.rows();
    double[] w = new double[classes * width]; // (K,D)
    for (int k = 0; k < classes; k++) {
      v.copy(k * (width + 1), w, k * width, width);
    }
    return quadratic(Matrix.of(classes, width, w), scatter, blas) / samples + lambda * v.dot(v);
  }

  /** The sum over k of (n_k/N) ||V (mu_k, 1) - e_k||^2. */
  private static double between(Matrix v, ClassMoments moments) {
    int width = moments.width();
    double sum = 0;
    for (int k = 0; k < moments.classes(); k++) {
      double square = 0;
      for (int i = 0; i < v.rows(); i++) {
        double error = v.get(i, width) - (i == k ? 1 : 0);
        for (int j = 0; j < width; j++) {
          error += v.get(i, j) * moments.means().get(k, j);
        }
        square += error * error;
      }
      sum += square * moments.count(k) / moments.samples();
    }
    return sum;
  }

  /** (W, b) - V. */
  private static Matrix difference(Matrix weights, double[] bias, Matrix v) {
    double[] difference = new double[v.length()];
    for (int k = 0; k < v.rows(); k++) {
      for (int j = 0; j < v.columns(); j++) {
        double value = j < weights.columns() ? weights.get(k, j) : bias[k];
        difference[k * v.columns() + j] = value - v.get(k, j);
      }
    }
    return Matrix.of(v.rows(), v.columns(), difference);
  }

  /** tr(V A V^T) for V (K,n) and A (n,n). */
  private static double quadratic(Matrix v, Matrix a, Blas blas) {
    Matrix product = blas.times(v, a); // (K,n)
    double trace = 0;
    for (int i = 0; i < product.length(); i++) {
      trace += product.at(i) * v.at(i);
    }
    return trace;
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new InvalidInputException(message);
    }
  }
}
