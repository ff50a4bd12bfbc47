package dev.collapsar.learn.adapter;

import static org.bytedeco.pytorch.global.torch.empty;
import static org.bytedeco.pytorch.global.torch.linalg_qr;
import static org.bytedeco.pytorch.global.torch.linalg_svd;
import static org.bytedeco.pytorch.global.torch.zeros;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.weight.WeightSite.Kind;
import dev.collapsar.linalg.Matrix;
import java.util.Arrays;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The factors of an update before its first step, in the caller's scope.
 *
 * @param subtracted whether their product is subtracted from the update
 */
record FactorStart(Tensor a, Tensor b, boolean subtracted) {
  private static final double ORTHOGONAL_DEVIATION = 0.1; // as PEFT's
  private static final double DOUBLE_ROUNDING = 0x1p-52;

  /** Factors that need nothing subtracted. */
  static FactorStart plain(Tensor a, Tensor b) {
    return new FactorStart(a, b, false);
  }

  /**
   * What the factors of one layer start from.
   *
   * @param classMeansOrNull (K,D) at the layer's input
   */
  record Source(
      FactoredLayer layer,
      int rank,
      double scale,
      GeneratorOptional generator,
      Matrix classMeansOrNull) {

    /**
     * Draws or computes the factors.
     *
     * @throws InvalidInputException if the way of starting does not suit the layer or the rank
     */
    FactorStart start(Initialization start) {
      return switch (start) {
        case DEFAULT ->
            layer.kind() == Kind.EMBEDDING
                ? plain(zeros(shapeOfA()), normal(1, shapeOfB()))
                : zeroB(kaiming(shapeOfA()));
        case RANDOM ->
            layer.kind() == Kind.EMBEDDING
                ? plain(normal(1, shapeOfA()), normal(1, shapeOfB()))
                : plain(kaiming(shapeOfA()), kaiming(shapeOfB()));
        case GAUSSIAN -> zeroB(normal(1.0 / rank, shapeOfA()));
        case NORMAL -> zeroB(normal(1, shapeOfA()));
        case ORTHOGONAL -> orthogonal();
        case PISSA -> principal();
        case OLORA -> triangular();
        case CLASS_MEANS -> alongClassMeans();
        case CLASS_MEANS_COMPLEMENT -> acrossClassMeans();
        case EVA, MICA ->
            throw refused(start, "is read from files but not started here; choose another");
      };
    }

    private FactorStart zeroB(Tensor a) {
      return plain(a, zeros(shapeOfB()));
    }

    /** U(+-1/sqrt(fan in)), where the first dimension is not summed over. */
    private Tensor kaiming(long[] shape) {
      double fanIn = 1;
      for (int i = 1; i < shape.length; i++) {
        fanIn *= shape[i];
      }
      double bound = 1 / Math.sqrt(fanIn);
      return empty(shape).uniform_(-bound, bound, generator);
    }

    private Tensor normal(double deviation, long... shape) {
      return empty(shape).normal_(0, deviation, generator);
    }

    /** Even rows of an orthogonal matrix carry A and odd ones B, so that B A = 0. */
    private FactorStart orthogonal() {
      requireNoGroups(Initialization.ORTHOGONAL);
      if (rank % 2 != 0) {
        throw refused(Initialization.ORTHOGONAL, "needs an even rank, got " + rank);
      }
      Tensor q = linalg_qr(normal(1, rank, rank), "reduced").get0(); // (r,r)
      Tensor even = q.slice(0, new LongOptional(0), new LongOptional(), 2); // (r/2,r)
      Tensor odd = q.slice(0, new LongOptional(1), new LongOptional(), 2); // (r/2,r)
      Tensor a = normal(ORTHOGONAL_DEVIATION, layer.columns(), rank / 2).mm(even).t();
      Tensor b = normal(ORTHOGONAL_DEVIATION, layer.outputs(), rank / 2).mm(odd); // (out,r)
      return plain(a.reshape(shapeOfA()), b.reshape(shapeOfB()));
    }

    /** W = U S V^T: B = U sqrt(S / scale), A = sqrt(S / scale) V^T, of the r largest. */
    private FactorStart principal() {
      Tensor weight = wholeWeight(Initialization.PISSA);
      if (!(scale > 0)) {
        throw refused(Initialization.PISSA, "needs alpha above 0, got a scale of " + scale);
      }
      T_TensorTensorTensor_T svd = linalg_svd(weight, false, new StringViewOptional());
      Tensor root = first(svd.get1(), 0).div(TensorBridge.scalar(scale)).sqrt(); // (r)
      Tensor a = first(svd.get2(), 0).mul(root.unsqueeze(1)); // (r,columns)
      Tensor b = first(svd.get0(), 1).mul(root); // (out,r)
      return new FactorStart(a.reshape(shapeOfA()), b.reshape(shapeOfB()), true);
    }

    /** W = Q R: B the first columns of Q, A the first rows of R. */
    private FactorStart triangular() {
      T_TensorTensor_T qr = linalg_qr(wholeWeight(Initialization.OLORA), "reduced");
      Tensor a = first(qr.get1(), 0); // (r,columns)
      Tensor b = first(qr.get0(), 1); // (out,r)
      return new FactorStart(a.reshape(shapeOfA()), b.reshape(shapeOfB()), true);
    }

    /** The weight's matrix form in double precision (out,columns), which must have rank r. */
    private Tensor wholeWeight(Initialization start) {
      requireNoGroups(start);
      long most = Math.min(layer.outputs(), layer.columns());
      if (rank > most) {
        throw refused(start, "needs a rank in 1..%s, got %s".formatted(most, rank));
      }
      return layer.matrix(layer.site().weight().original()).cpu().to(ScalarType.Double);
    }

    private FactorStart alongClassMeans() {
      Tensor directions = meanDirections(Initialization.CLASS_MEANS); // (k,columns)
      if (rank > directions.size(0)) {
        throw refused(
            Initialization.CLASS_MEANS,
            "needs a rank in 1..%s, the directions of the centred class means; got %s"
                .formatted(directions.size(0), rank));
      }
      return zeroB(scaledToDefault(first(directions, 0)));
    }

    private FactorStart acrossClassMeans() {
      Tensor directions = meanDirections(Initialization.CLASS_MEANS_COMPLEMENT); // (k,columns)
      long most = layer.columns() - directions.size(0);
      if (rank > most) {
        throw refused(
            Initialization.CLASS_MEANS_COMPLEMENT,
            "needs a rank in 1..%s, the directions that the centred class means leave; got %s"
                .formatted(most, rank));
      }
      Tensor drawn = normal(1, rank, layer.columns()).to(ScalarType.Double); // (r,columns)
      Tensor across = drawn.sub(drawn.mm(directions.t()).mm(directions));
      // Once more: what one projection leaves of the directions is rounding, relative to drawn.
      across = across.sub(across.mm(directions.t()).mm(directions));
      return zeroB(scaledToDefault(linalg_qr(across.t(), "reduced").get0().t()));
    }

    private Tensor scaledToDefault(Tensor orthonormal) {
      return orthonormal.div(TensorBridge.scalar(Math.sqrt(3))).reshape(shapeOfA());
    }

    /** Orthonormal rows that span the centred class means, leading ones first; (k,columns). */
    private Tensor meanDirections(Initialization start) {
      if (layer.kind() == Kind.EMBEDDING) {
        throw refused(start, "needs a layer whose inputs are vectors");
      }
      if (classMeansOrNull == null || classMeansOrNull.columns() != layer.columns()) {
        throw refused(
            start,
            "needs the class means (K,%s) at its input, got %s"
                .formatted(layer.columns(), classMeansOrNull == null ? "none" : classMeansOrNull));
      }
      int classes = classMeansOrNull.rows();
      Tensor means =
          TensorBridge.doubles(classMeansOrNull.toArray(), classes, classMeansOrNull.columns());
      Tensor centred = means.sub(means.mean(new long[] {0}, true, new ScalarTypeOptional()));
      T_TensorTensorTensor_T svd = linalg_svd(centred, false, new StringViewOptional());
      double[] values = TensorBridge.toDoubles(svd.get1());
      // What centring leaves of directions that the means do not have is rounding of the means.
      double negligible =
          means.norm().item_double()
              * DOUBLE_ROUNDING
              * Math.max(classes, classMeansOrNull.columns());
      long spanned = Arrays.stream(values).filter(v -> v > negligible).count();
      return svd.get2().slice(0, new LongOptional(0), new LongOptional(spanned), 1);
    }

    private Tensor first(Tensor tensor, long dimension) {
      return tensor.slice(dimension, new LongOptional(0), new LongOptional(rank), 1);
    }

    private void requireNoGroups(Initialization start) {
      if (layer.description().groups() > 1) {
        throw refused(start, "does not suit a convolution in groups");
      }
    }

    private InvalidInputException refused(Initialization start, String reason) {
      return new InvalidInputException(
          "%s: initialization %s %s".formatted(layer.description(), start.spelling(), reason));
    }

    private long[] shapeOfA() {
      return layer.shapeOfA(rank);
    }

    private long[] shapeOfB() {
      return layer.shapeOfB(rank);
    }
  }
}
