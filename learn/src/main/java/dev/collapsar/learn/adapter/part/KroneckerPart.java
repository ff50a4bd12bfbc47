package dev.collapsar.learn.adapter.part;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * LoKr: W' = W + s kron(w1, w2), w1 (a,b), w2 (c, d * k): row i c + p, input j d + q, tap k gets s
 * w1[i,j] w2[p,q,k]; out = a c, in = b d.
 *
 * @param taps kernel positions, the product of k
 * @param mixed PEFT's Kronecker product of a (1,a,b) with a full (c,d,k), read row by row into the
 *     weight's shape: what a Conv1d with a full second factor computes there
 */
public record KroneckerPart(
    Product.Lazy first, Product.Lazy second, int taps, boolean mixed, int rankOrZero, double factor)
    implements Additive {
  @Override
  public boolean fits(long[] shape) {
    return Lengths.isMatrix(
        shape, first.rows() * second.rows(), first.columns() * second.columns());
  }

  @Override
  public String wanted() {
    return "(%s, %s)".formatted(first.rows() * second.rows(), first.columns() * second.columns());
  }

  @Override
  public RowUpdate on(BaseRows base) {
    Product outer = first.factors().get();
    Product inner = second.factors().get();
    int c = (int) second.rows();
    return mixed ? mixedRows(outer, inner) : plainRows(outer, inner, c);
  }

  private RowUpdate plainRows(Product outer, Product inner, int c) {
    return RowUpdate.byRow(
        (row, values, at) -> {
          double[] left = outer.row((int) (row / c));
          double[] right = inner.row((int) (row % c));
          for (int j = 0; j < left.length; j++) {
            double coefficient = factor * left[j];
            for (int q = 0; q < right.length; q++) {
              values[at + j * right.length + q] += coefficient * right[q];
            }
          }
        });
  }

  /** K (c, a d, b k), K[p, i d + q, j t + k] = w1[i,j] w2[p,q,k], then its elements in order. */
  private RowUpdate mixedRows(Product outer, Product inner) {
    int a = (int) first.rows();
    int b = (int) first.columns();
    int d = (int) second.columns() / taps;
    return RowUpdate.byRow(
        (row, values, at) -> {
          long width = (long) b * d * taps;
          for (int n = 0; n < width; n++) {
            long flat = row * width + n;
            int last = (int) (flat % (b * taps));
            int middle = (int) (flat / (b * taps) % (a * d));
            int p = (int) (flat / (b * taps) / (a * d));
            values[at + n] +=
                factor
                    * outer.row(middle / d)[last / taps]
                    * inner.row(p)[middle % d * taps + last % taps];
          }
        });
  }

  @Override
  public Optional<FactoredUpdate> factored() {
    long rank = (long) inner(first) * inner(second);
    long rows = first.rows() * second.rows();
    long columns = first.columns() * second.columns();
    return !mixed && FactoredUpdate.isSmall(rows, columns, rank)
        ? Optional.of(
            first
                .factors()
                .get()
                .factors()
                .kronecker(second.factors().get().factors())
                .times(factor))
        : Optional.empty();
  }

  /** Columns of the left factor. */
  private static int inner(Product.Lazy product) {
    boolean whole = product.rank() == 0;
    return whole ? (int) Math.min(product.rows(), product.columns()) : product.rank();
  }

  @Override
  public long parameters() {
    return first.parameters() + second.parameters();
  }

  @Override
  public OptionalInt rank() {
    return rankOrZero == 0 ? OptionalInt.empty() : OptionalInt.of(rankOrZero);
  }

  @Override
  public OptionalDouble scale() {
    return OptionalDouble.of(factor);
  }
}
