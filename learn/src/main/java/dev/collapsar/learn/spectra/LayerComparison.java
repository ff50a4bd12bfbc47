package dev.collapsar.learn.spectra;

import static org.bytedeco.pytorch.global.torch.linalg_qr;

import dev.collapsar.learn.adapter.part.FactoredUpdate;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.linalg.Matrix;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Tensor;

/**
 * Two updates U and V of one weight (m,n), side by side. Inputs are the right singular vectors'
 * space of n dimensions, outputs the left ones' of m.
 *
 * @param factorsA of the matrices A themselves, at the inputs (Hu et al. 2021, 7.2)
 * @param factorsB of the matrices B, at the outputs
 * @param inputs of the updates' own singular vectors at the inputs
 * @param outputs likewise at the outputs
 * @param inputAngles the angles between both row spaces, ascending, in radians
 * @param outputAngles between both column spaces
 * @param cosine of U and V as vectors: &lt;U,V&gt; / (||U|| ||V||); by chance 0 with the deviation
 *     {@link #cosineStd}
 * @param signConflict the share of elements that they move in opposite directions, of those that
 *     both move; by chance 1/2. Empty if there are none
 * @param amplifications ||U|| / ||U_r^T W V_r|| of the first (Hu et al. 2021, 7.3) and the second,
 *     with an update's own singular vectors; empty without a base
 */
public record LayerComparison(
    int rows,
    int columns,
    UpdateSpectrum first,
    UpdateSpectrum second,
    Overlap factorsA,
    Overlap factorsB,
    Overlap inputs,
    Overlap outputs,
    double[] inputAngles,
    double[] outputAngles,
    double cosine,
    OptionalDouble signConflict,
    OptionalDouble[] amplifications) {

  /** The updates and, if there is a base, its weight. Neither update may be zero. */
  static LayerComparison of(FactoredUpdate one, FactoredUpdate other, Amplification base) {
    OptionalDouble conflict = SignConflict.share(one, other);
    return TensorScope.within(
        () -> of(Decomposition.of(one), Decomposition.of(other), conflict, base));
  }

  private static LayerComparison of(
      Decomposition u, Decomposition v, OptionalDouble conflict, Amplification base) {
    int rows = (int) u.left().dimensions();
    int columns = (int) u.right().dimensions();
    Tensor outer = u.left().basis().t().mm(v.left().basis());
    Tensor inner = u.right().basis().t().mm(v.right().basis());
    Matrix atOutputs = between(u.left().update(), outer, v.left().update());
    Matrix atInputs = between(u.right().update(), inner, v.right().update());
    return new LayerComparison(
        rows,
        columns,
        u.spectrum(),
        v.spectrum(),
        new Overlap(between(u.right().factor(), inner, v.right().factor()), columns),
        new Overlap(between(u.left().factor(), outer, v.left().factor()), rows),
        new Overlap(atInputs, columns),
        new Overlap(atOutputs, rows),
        angles(u.right(), v.right(), atInputs),
        angles(u.left(), v.left(), atOutputs),
        cosine(u.values(), v.values(), atOutputs, atInputs),
        conflict,
        new OptionalDouble[] {base.of(u), base.of(v)});
  }

  /** Cosines of two sides' directions, from those of their bases. */
  private static Matrix between(Tensor one, Tensor bases, Tensor other) {
    return Decomposition.matrix(one.t().mm(bases).mm(other));
  }

  /** sum_ij s_i t_j L_ij R_ij over ||s|| ||t||. */
  private static double cosine(double[] s, double[] t, Matrix outputs, Matrix inputs) {
    double product = 0;
    double first = 0;
    double second = 0;
    for (int i = 0; i < s.length; i++) {
      for (int j = 0; j < t.length; j++) {
        product += s[i] * t[j] * outputs.get(i, j) * inputs.get(i, j);
      }
      first += s[i] * s[i];
    }
    for (double value : t) {
      second += value * value;
    }
    return product / Math.sqrt(first * second);
  }

  /**
   * Cosines are the singular values of Q^T P, and where angles are small, sines those of what P
   * leaves of Q: each is exact where the other is not (Bjorck and Golub 1973).
   */
  private static double[] angles(Decomposition.Side one, Decomposition.Side other, Matrix between) {
    double[] cosines =
        TensorBridge.toDoubles(Decomposition.svd(Decomposition.tensor(between)).get1());
    double[] angles = new double[cosines.length];
    double[] sines = null;
    for (int i = 0; i < angles.length; i++) {
      angles[i] = Math.acos(Math.min(1, cosines[i]));
      if (angles[i] < Math.PI / 4) {
        sines = sines == null ? sines(one, other) : sines;
        angles[i] = Math.asin(Math.min(1, sines[sines.length - 1 - i]));
      }
    }
    return angles;
  }

  /** Of the smaller space's angles to the larger, descending. */
  private static double[] sines(Decomposition.Side one, Decomposition.Side other) {
    if (one.update().size(1) > other.update().size(1)) {
      return sines(other, one);
    }
    Tensor small = one.vectors();
    Tensor large = other.vectors();
    Tensor left = linalg_qr(small.sub(large.mm(large.t().mm(small))), "r").get1();
    return TensorBridge.toDoubles(Decomposition.svd(left).get1());
  }

  /** ||U + V||. */
  public double normOfSum() {
    double a = first.norm();
    double b = second.norm();
    return Math.sqrt(Math.max(0, a * a + b * b + 2 * cosine * a * b));
  }

  /** The deviation of the cosine when one update is turned at random on both sides. */
  public double cosineStd() {
    return 1 / Math.sqrt((double) rows * columns);
  }
}
