package dev.collapsar.learn.adapter.part;

import dev.collapsar.data.FileTensor;
import java.util.OptionalDouble;
import java.util.function.IntToDoubleFunction;

/**
 * The update of a parameter that holds E experts' weights, (E,out,in), or {@code turned}
 * (E,in,out): expert e gets s B[:,:,e] A[e], turned if they are, with A (E r, in) read as (E,r,in)
 * and B (out, r E) as (out,r,E) (PEFT's {@code target_parameters}).
 *
 * @param scaleOf the scale for a rank
 */
public record ExpertsPart(FileTensor a, FileTensor b, boolean turned, IntToDoubleFunction scaleOf)
    implements Part {
  @Override
  public boolean fits(long[] shape) {
    return shape.length == 3
        && shape[0] > 0
        && a.shape()[0] % shape[0] == 0
        && shape[turned ? 2 : 1] == b.shape()[0]
        && shape[turned ? 1 : 2] == a.shape()[1];
  }

  @Override
  public String wanted() {
    return turned
        ? "(experts, %s, %s)".formatted(a.shape()[1], b.shape()[0])
        : "(experts, %s, %s)".formatted(b.shape()[0], a.shape()[1]);
  }

  @Override
  public int rowDimensions() {
    return 2;
  }

  @Override
  public RowUpdate on(BaseRows base) {
    int experts = (int) base.shape()[0];
    int perExpert = (int) base.shape()[1];
    int rank = (int) a.shape()[0] / experts;
    int in = (int) a.shape()[1];
    double[] left = a.toDoubles();
    double[] right = b.toDoubles();
    double scale = scaleOf.applyAsDouble(rank);
    return RowUpdate.byRow(
        (row, values, at) -> {
          int e = (int) (row / perExpert);
          int i = (int) (row % perExpert);
          for (int k = 0; k < rank; k++) {
            int ofA = (e * rank + k) * in;
            int ofB = k * experts + e;
            if (turned) { // a row is an input
              for (int o = 0; o < right.length / (rank * experts); o++) {
                values[at + o] += scale * right[o * rank * experts + ofB] * left[ofA + i];
              }
            } else {
              double c = scale * right[i * rank * experts + ofB];
              for (int j = 0; j < in; j++) {
                values[at + j] += c * left[ofA + j];
              }
            }
          }
        });
  }

  /**
   * What one of the experts gets by itself, as the matrix (out,in) that it is, or some rows of it.
   *
   * @param experts E
   */
  public LowRankPart expert(int expert, int experts, int firstRow, int rows) {
    int rank = Lengths.index(a.shape()[0] / experts);
    int in = Lengths.index(a.shape()[1]);
    Product.Lazy product =
        new Product.Lazy(
            rows,
            in,
            rank,
            (long) rank * (rows + in),
            () -> {
              double[] right = new double[rank * in];
              a.doubles((long) expert * right.length, right.length, right, 0);
              double[] all = new double[Lengths.index((long) rows * rank * experts)];
              b.doubles((long) firstRow * rank * experts, all.length, all, 0);
              double[] left = new double[rows * rank];
              for (int i = 0; i < left.length; i++) {
                left[i] = all[i * experts + expert];
              }
              return Product.of(left, right, rank);
            });
    return new LowRankPart(product, new long[] {in}, scaleOf.applyAsDouble(rank));
  }

  @Override
  public long parameters() {
    return a.elements() + b.elements();
  }

  @Override
  public OptionalDouble scale() {
    return OptionalDouble.empty(); // the rank, and so the scale, depend on the number of experts
  }
}
