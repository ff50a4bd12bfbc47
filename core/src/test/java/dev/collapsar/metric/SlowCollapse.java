package dev.collapsar.metric;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Every metric by its definition: all samples in memory, two passes, every matrix formed, no shared
 * code with what it checks. Metrics that the definitions leave undefined for the case are absent or
 * not finite.
 */
final class SlowCollapse {
  final Map<CollapseMetric, Double> values = new LinkedHashMap<>();
  private final int d;
  private final int k;
  private final double[][] mu;
  private final double[][] mc;
  private final double[] v;

  /** Samples of the classes in {@code chosen} count; decisions are among all classes. */
  SlowCollapse(Sample train, int[] chosen, boolean sampleMean, double exponent) {
    d = train.x[0].length;
    k = chosen.length;
    mu = new double[k][];
    v = new double[k];
    int[] n = new int[k];
    double[] centre = new double[d];
    double weight = 0;
    for (int i = 0; i < k; i++) {
      List<double[]> rows = train.of(chosen[i]);
      n[i] = rows.size();
      mu[i] = mean(rows, d);
      for (double[] x : rows) {
        v[i] += square(minus(x, mu[i])) / rows.size();
      }
      double w = sampleMean ? n[i] : 1;
      weight += w;
      for (int j = 0; j < d; j++) {
        centre[j] += w * mu[i][j];
      }
    }
    mc = new double[k][];
    for (int i = 0; i < k; i++) {
      mc[i] = new double[d];
      for (int j = 0; j < d; j++) {
        mc[i][j] = mu[i][j] - centre[j] / weight;
      }
    }
    double[][] within = new double[d][d];
    double[][] second = new double[d][d];
    int total = 0;
    for (int i = 0; i < k; i++) {
      for (double[] x : train.of(chosen[i])) {
        total++;
        addOuter(within, minus(x, mu[i]));
        addOuter(second, x);
      }
    }
    scale(within, 1.0 / total);
    spread(within, exponent);
    norms();
    kernels();
    ranks(second);
  }

  private void spread(double[][] within, double exponent) {
    double[][] between = new double[d][d];
    for (double[] row : mc) {
      addOuter(between, row);
    }
    scale(between, 1.0 / k);
    double[][] inverse = pseudoInverse(between, Math.min(k - 1, d), Math.max(k, d));
    put(WithinClass.NC1_TRACE, traceOfProduct(within, inverse));
    put(WithinClass.NC1_PINV, traceOfProduct(within, inverse) / k);
    if (k - 1 < d) {
      put(WithinClass.NC1_SVD, traceOfProduct(within, inverse) / k);
    }
    put(WithinClass.NC1_QUOT, trace(within) / trace(between));
    double[][] all = new double[d][d];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        all[i][j] = within[i][j] + between[i][j];
      }
    }
    double rank = Math.round(traceOfProduct(inverse, between));
    put(
        WithinClass.NC1_VCI,
        1 - traceOfProduct(pseudoInverse(all, d, Math.max(k, d)), between) / rank);
    double sum = 0;
    for (int i = 0; i < k; i++) {
      for (int j = 0; j < i; j++) {
        sum += (v[i] + v[j]) / 2 / Math.pow(square(minus(mu[i], mu[j])), exponent);
      }
    }
    put(MeansGeometry.NC1_CDNV, sum / (k * (k - 1) / 2.0));
  }

  private void norms() {
    double[] norms = new double[k];
    for (int i = 0; i < k; i++) {
      norms[i] = Math.sqrt(square(mc[i]));
    }
    put(MeansGeometry.NC2_NORMS_MEAN, mean(norms));
    put(MeansGeometry.NC2_NORMS_STD, Math.sqrt(sampleVariance(norms)));
    put(MeansGeometry.NC2_NORM_COV_MEANS, Math.sqrt(sampleVariance(norms)) / mean(norms));
    put(MeansGeometry.NC2_ETF_ERR, structureError(mc, mc));
    put(MeansGeometry.NC2_COHERENCE_MEANS, coherence(mc));
  }

  private void kernels() {
    List<Double> dist = new ArrayList<>();
    List<Double> log = new ArrayList<>();
    List<Double> riesz = new ArrayList<>();
    for (int i = 0; i < k; i++) {
      for (int j = 0; j < i; j++) {
        double chord = Math.sqrt(square(minus(unit(mc[i]), unit(mc[j]))));
        dist.add(chord);
        log.add(-Math.log(chord));
        riesz.add(Math.signum(d - 2.0) * Math.pow(chord, 2.0 - d));
      }
    }
    putKernel(MeansGeometry.NC2G_DIST_MEAN, MeansGeometry.NC2G_DIST, dist);
    putKernel(MeansGeometry.NC2G_LOG_MEAN, MeansGeometry.NC2G_LOG, log);
    putKernel(MeansGeometry.NC2G_RIESZ_MEAN, MeansGeometry.NC2G_RIESZ, riesz);
  }

  private void putKernel(CollapseMetric mean, CollapseMetric variance, List<Double> values) {
    double[] array = values.stream().mapToDouble(x -> x).toArray();
    put(mean, mean(array));
    put(variance, sampleVariance(array) * (array.length - 1) / array.length);
    if (array.length == 1) {
      put(variance, 0);
    }
  }

  private void ranks(double[][] second) {
    double[] squares = jacobi(second, null);
    double[] singular = new double[d];
    for (int i = 0; i < d; i++) {
      singular[i] = Math.sqrt(Math.max(0, squares[i]));
    }
    java.util.Arrays.sort(singular);
    double sum = 0;
    for (double s : singular) {
      sum += s;
    }
    double entropy = 0;
    for (double s : singular) {
      entropy -= s > 0 ? s / sum * Math.log(s / sum) : 0;
    }
    put(FeatureRanks.RANK_ENTROPY, Math.exp(entropy));
    int below95 = 0;
    int below99 = 0;
    double partial = 0;
    for (int i = d - 1; i > 0; i--) {
      partial += singular[i] / sum;
      below95 += partial < 0.95 ? 1 : 0;
      below99 += partial < 0.99 ? 1 : 0;
    }
    put(FeatureRanks.RANK_EFFECTIVE_95, below95 + 1);
    put(FeatureRanks.RANK_EFFECTIVE_99, below99 + 1);
  }

  /** Those that need weights (of the chosen classes). */
  SlowCollapse withWeights(double[][] w) {
    double[] norms = new double[k];
    double[] dots = new double[k];
    double[] cosines = new double[k];
    double[] distances = new double[k];
    double frobenius = 0;
    double wNorm = Math.sqrt(trace(product(w, w)));
    double mNorm = Math.sqrt(trace(product(mc, mc)));
    for (int i = 0; i < k; i++) {
      norms[i] = Math.sqrt(square(w[i]));
      dots[i] = dot(w[i], mc[i]);
      cosines[i] = dot(unit(w[i]), unit(mc[i]));
      distances[i] = Math.sqrt(square(minus(unit(w[i]), unit(mc[i]))));
      for (int j = 0; j < d; j++) {
        frobenius += Math.pow(w[i][j] / wNorm - mc[i][j] / mNorm, 2);
      }
    }
    put(DualGeometry.NC2_NORM_COV_WEIGHTS, Math.sqrt(sampleVariance(norms)) / mean(norms));
    put(DualGeometry.NC2_COHERENCE_WEIGHTS, coherence(w));
    put(DualGeometry.NC3_DUAL_ERR, structureError(w, mc));
    put(DualGeometry.NC3_FROBENIUS, frobenius);
    put(DualGeometry.NC3U_UNI_DUAL, sampleVariance(dots));
    put(DualGeometry.NC3_COS_MEAN, mean(cosines));
    put(DualGeometry.NC3_DIST_MEAN, mean(distances));
    return this;
  }

  SlowCollapse withOod(Sample ood) {
    TreeMap<Integer, double[]> means = new TreeMap<>();
    for (int label : ood.y) {
      means.put(label, mean(ood.of(label), d));
    }
    double[] centre = mean(new ArrayList<>(means.values()), d);
    double sum = 0;
    for (double[] row : mu) {
      sum += Math.abs(dot(unit(row), unit(centre)));
    }
    put(OutOfDistribution.NC5_OOD_DEV, sum / k);
    return this;
  }

  /** Decisions among all classes of the samples of the chosen ones. */
  SlowCollapse withDecisions(
      Sample train, Sample test, double[][] w, double[] b, int[] chosen, boolean byClass) {
    double[][] means = new double[w.length][];
    for (int c = 0; c < w.length; c++) {
      means[c] = train.of(c).isEmpty() ? null : mean(train.of(c), d);
    }
    double share = 0;
    int hits = 0;
    int samples = 0;
    for (int c : chosen) {
      int own = 0;
      List<double[]> rows = test.of(c);
      for (double[] x : rows) {
        own += agrees(x, means, w, b) ? 1 : 0;
      }
      share += (double) own / rows.size() / chosen.length;
      hits += own;
      samples += rows.size();
    }
    put(NearestMean.NC4_AGREE, byClass ? share : (double) hits / samples);
    put(NearestMean.NC4_MISMATCH, 1 - values.get(NearestMean.NC4_AGREE));
    return this;
  }

  static boolean agrees(double[] x, double[][] means, double[][] w, double[] b) {
    int linear = 0;
    int nearest = -1;
    for (int c = 0; c < w.length; c++) {
      if (dot(w[c], x) + b[c] > dot(w[linear], x) + b[linear]) {
        linear = c;
      }
      if (means[c] != null
          && (nearest < 0 || square(minus(x, means[c])) < square(minus(x, means[nearest])))) {
        nearest = c;
      }
    }
    return linear == nearest;
  }

  private void put(CollapseMetric metric, double value) {
    values.put(metric, value);
  }

  private double structureError(double[][] a, double[][] b) {
    double[][] gram = product(a, b);
    double norm = 0;
    for (double[] row : gram) {
      norm += square(row);
    }
    norm = Math.sqrt(norm);
    double sum = 0;
    for (int i = 0; i < k; i++) {
      for (int j = 0; j < k; j++) {
        double simplex = ((i == j ? 1 : 0) - 1.0 / k) / Math.sqrt(k - 1);
        sum += Math.pow(gram[i][j] / norm - simplex, 2);
      }
    }
    return Math.sqrt(sum);
  }

  private double coherence(double[][] rows) {
    double sum = 0;
    for (int i = 0; i < k; i++) {
      for (int j = 0; j < k; j++) {
        sum += i == j ? 0 : Math.abs(dot(unit(rows[i]), unit(rows[j])) + 1.0 / (k - 1));
      }
    }
    return sum / k / (k - 1);
  }

  /** From the largest so many eigenvalues, those above terms * 2^-52 of the largest. */
  private static double[][] pseudoInverse(double[][] a, int most, int terms) {
    int n = a.length;
    double[][] vectors = new double[n][n];
    double[] values = jacobi(a, vectors);
    double[] sorted = values.clone();
    java.util.Arrays.sort(sorted);
    double least = Math.max(sorted[n - most], terms * Math.ulp(1.0) * sorted[n - 1]);
    double[][] inverse = new double[n][n];
    for (int e = 0; e < n; e++) {
      for (int i = 0; i < n && values[e] >= least; i++) {
        for (int j = 0; j < n; j++) {
          inverse[i][j] += vectors[i][e] * vectors[j][e] / values[e];
        }
      }
    }
    return inverse;
  }

  /** Eigenvalues by Jacobi's rotations, in no order; eigenvectors in the columns of v. */
  private static double[] jacobi(double[][] symmetric, double[][] v) {
    int n = symmetric.length;
    double[][] a = new double[n][];
    for (int i = 0; i < n; i++) {
      a[i] = symmetric[i].clone();
      if (v != null) {
        v[i][i] = 1;
      }
    }
    for (int sweep = 0; sweep < 60; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          if (a[p][q] != 0) {
            double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
            double t = Math.copySign(1, theta) / (Math.abs(theta) + Math.hypot(theta, 1));
            double c = 1 / Math.hypot(t, 1);
            rotate(a, v, p, q, c, t * c);
          }
        }
      }
    }
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = a[i][i];
    }
    return values;
  }

  private static void rotate(double[][] a, double[][] v, int p, int q, double c, double s) {
    for (int i = 0; i < a.length; i++) {
      double ip = a[i][p];
      double iq = a[i][q];
      a[i][p] = c * ip - s * iq;
      a[i][q] = s * ip + c * iq;
    }
    for (int j = 0; j < a.length; j++) {
      double pj = a[p][j];
      double qj = a[q][j];
      a[p][j] = c * pj - s * qj;
      a[q][j] = s * pj + c * qj;
      if (v != null) {
        double jp = v[j][p];
        double jq = v[j][q];
        v[j][p] = c * jp - s * jq;
        v[j][q] = s * jp + c * jq;
      }
    }
  }

  private static double[] mean(List<double[]> rows, int d) {
    double[] mean = new double[d];
    for (double[] row : rows) {
      for (int j = 0; j < d; j++) {
        mean[j] += row[j] / rows.size();
      }
    }
    return mean;
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double sampleVariance(double[] values) {
    double mean = mean(values);
    double sum = 0;
    for (double value : values) {
      sum += (value - mean) * (value - mean);
    }
    return sum / (values.length - 1);
  }

  private static double[] unit(double[] a) {
    double norm = Math.sqrt(square(a));
    double[] unit = a.clone();
    for (int j = 0; j < a.length; j++) {
      unit[j] /= norm;
    }
    return unit;
  }

  private static double[] minus(double[] a, double[] b) {
    double[] c = a.clone();
    for (int j = 0; j < a.length; j++) {
      c[j] -= b[j];
    }
    return c;
  }

  private static double square(double[] a) {
    return dot(a, a);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += a[j] * b[j];
    }
    return sum;
  }

  private static double[][] product(double[][] a, double[][] b) {
    double[][] gram = new double[a.length][b.length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < b.length; j++) {
        gram[i][j] = dot(a[i], b[j]);
      }
    }
    return gram;
  }

  private static void addOuter(double[][] sum, double[] a) {
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a.length; j++) {
        sum[i][j] += a[i] * a[j];
      }
    }
  }

  private static void scale(double[][] a, double factor) {
    for (double[] row : a) {
      for (int j = 0; j < row.length; j++) {
        row[j] *= factor;
      }
    }
  }

  private static double trace(double[][] a) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i][i];
    }
    return sum;
  }

  private static double traceOfProduct(double[][] a, double[][] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += dot(a[i], b[i]);
    }
    return sum;
  }
}
