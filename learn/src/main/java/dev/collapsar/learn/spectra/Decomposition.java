package dev.collapsar.learn.spectra;

import static org.bytedeco.pytorch.global.torch.linalg_qr;
import static org.bytedeco.pytorch.global.torch.linalg_svd;

import dev.collapsar.learn.adapter.part.FactoredUpdate;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.linalg.Matrix;
import java.util.Arrays;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;

/**
 * The singular value decomposition of an update U = B A through a core of r x r: B = Q R, A = (P
 * S)^T, and R S^T has the singular values of U. U itself is never formed. Lives in the caller's
 * scope.
 *
 * @param left (m,k), singular vectors in its columns
 * @param values s, descending, those above max(m,n) 2^-52 s_1; (k)
 * @param right (n,k)
 * @param leftOfFactor (m,r'), the left singular vectors of the factor B itself
 * @param rightOfFactor (n,r'), the right ones of A itself
 */
record Decomposition(
    Tensor left, double[] values, Tensor right, Tensor leftOfFactor, Tensor rightOfFactor) {

  static Decomposition of(FactoredUpdate update) {
    Tensor b = tensor(update.left());
    Tensor a = tensor(update.right());
    T_TensorTensor_T tall = linalg_qr(b, "reduced");
    T_TensorTensor_T wide = linalg_qr(a.t(), "reduced");
    Tensor r = tall.get1(); // (min(m,r),r)
    Tensor s = wide.get1(); // (min(n,r),r)
    T_TensorTensorTensor_T core = svd(r.mm(s.t()));
    double[] all = TensorBridge.toDoubles(core.get1());
    int kept = aboveRounding(all, Math.max(b.size(0), a.size(1)));
    return new Decomposition(
        tall.get0().mm(first(core.get0(), kept)),
        Arrays.copyOf(all, kept),
        wide.get0().mm(first(core.get2().t(), kept)),
        ownDirections(tall.get0(), r),
        ownDirections(wide.get0(), s));
  }

  /** The left singular vectors of Q R, largest first. */
  private static Tensor ownDirections(Tensor q, Tensor r) {
    T_TensorTensorTensor_T svd = svd(r);
    int kept = aboveRounding(TensorBridge.toDoubles(svd.get1()), q.size(0));
    return q.mm(first(svd.get0(), kept));
  }

  static T_TensorTensorTensor_T svd(Tensor matrix) {
    return linalg_svd(matrix, false, new StringViewOptional());
  }

  static int aboveRounding(double[] values, long longest) {
    int kept = 0;
    while (kept < values.length && values[kept] > longest * Math.ulp(1.0) * values[0]) {
      kept++;
    }
    return kept;
  }

  /** The first columns. */
  static Tensor first(Tensor columns, long count) {
    return columns.slice(1, new LongOptional(0), new LongOptional(count), 1);
  }

  static Tensor tensor(Matrix matrix) {
    return TensorBridge.doubles(matrix.array(), matrix.rows(), matrix.columns());
  }

  static Matrix matrix(Tensor tensor) {
    return Matrix.of(
        (int) tensor.size(0), (int) tensor.size(1), TensorBridge.toDoubles(tensor));
  }

  UpdateSpectrum spectrum() {
    return new UpdateSpectrum(values);
  }

  boolean isZero() {
    return values.length == 0;
  }
}
