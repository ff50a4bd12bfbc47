package dev.collapsar.learn.spectra;

import static org.bytedeco.pytorch.global.torch.linalg_svd;

import dev.collapsar.learn.adapter.part.FactoredUpdate;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.linalg.Matrix;
import java.util.Arrays;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;

/**
 * The singular value decomposition of an update U = B A through a core of r x r: B = Q R, A = (P
 * S)^T, and R S^T has the singular values of U. U itself is never formed, nor are its singular
 * vectors until they are asked for. Lives in the caller's scope.
 *
 * @param values s, descending, those above max(m,n) 2^-52 s_1; (k)
 */
record Decomposition(Side left, double[] values, Side right) {
  /**
   * One side's directions, in an orthonormal basis of its factor's span.
   *
   * @param basis (m,r)
   * @param update the update's singular vectors in it (r,k)
   * @param factor those of the factor itself (r,k')
   */
  record Side(Tensor basis, Tensor update, Tensor factor) {
    /** The update's singular vectors (m,k). */
    Tensor vectors() {
      return basis.mm(update);
    }

    long dimensions() {
      return basis.size(0);
    }
  }

  static Decomposition of(FactoredUpdate update) {
    Tensor b = tensor(update.left());
    Tensor a = tensor(update.right());
    Basis tall = Basis.of(b);
    Basis wide = Basis.of(a.t().contiguous());
    Tensor r = tall.inner(); // (min(m,r),r)
    Tensor s = wide.inner(); // (min(n,r),r)
    T_TensorTensorTensor_T core = svd(r.mm(s.t()));
    double[] all = TensorBridge.toDoubles(core.get1());
    int kept = aboveRounding(all, Math.max(b.size(0), a.size(1)));
    return new Decomposition(
        new Side(tall.outer(), first(core.get0(), kept), own(r, b.size(0))),
        Arrays.copyOf(all, kept),
        new Side(wide.outer(), first(core.get2().t(), kept), own(s, a.size(1))));
  }

  /** The left singular vectors of R, largest first. */
  private static Tensor own(Tensor r, long longest) {
    T_TensorTensorTensor_T svd = svd(r);
    return first(svd.get0(), aboveRounding(TensorBridge.toDoubles(svd.get1()), longest));
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
    return TensorBridge.doubles(matrix.toArray(), matrix.rows(), matrix.columns());
  }

  static Matrix matrix(Tensor tensor) {
    return Matrix.of((int) tensor.size(0), (int) tensor.size(1), TensorBridge.toDoubles(tensor));
  }

  UpdateSpectrum spectrum() {
    return new UpdateSpectrum(values);
  }

  boolean isZero() {
    return values.length == 0;
  }
}
