package dev.collapsar.learn.adapter.part;

import dev.collapsar.data.FileTensor;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * LoHa (Hyeon-Woo et al. 2021, FedPara): W' = W + s (w1_a w1_b) * (w2_a w2_b), element by element.
 * With cores t, each half is sum_ij t[i,j,k] a[i,out] b[j,in].
 */
public record HadamardPart(Product.Lazy first, Product.Lazy second, double factor)
    implements Additive {
  /** A half without a core: a (out,r), b (r, in * k). */
  public static Product.Lazy half(String module, FileTensor a, FileTensor b) {
    Lengths.require(
        a.shape().length == 2 && b.shape().length == 2 && a.shape()[1] == b.shape()[0],
        module,
        "factors of disagreeing rank",
        a,
        b);
    int rank = Lengths.index(a.shape()[1]);
    return new Product.Lazy(
        a.shape()[0],
        b.shape()[1],
        rank,
        a.elements() + b.elements(),
        () -> Product.of(a.toDoubles(), b.toDoubles(), rank));
  }

  /** A half with a core t (r,r,k...): a (r,out), b (r,in). */
  public static Product.Lazy half(String module, FileTensor t, FileTensor a, FileTensor b) {
    Lengths.require(
        t.shape().length > 2
            && a.shape().length == 2
            && b.shape().length == 2
            && t.shape()[0] == a.shape()[0]
            && t.shape()[1] == b.shape()[0],
        module,
        "factors of disagreeing rank",
        t,
        a,
        b);
    int rank = Lengths.index(a.shape()[0]);
    return new Product.Lazy(
        a.shape()[1],
        b.shape()[1] * Lengths.product(t.shape(), 2),
        rank,
        t.elements() + a.elements() + b.elements(),
        () -> Product.ofTransposed(a.toDoubles(), Product.kernel(t, b), rank));
  }

  @Override
  public boolean fits(long[] shape) {
    return Lengths.isMatrix(shape, first.rows(), first.columns())
        && Lengths.isMatrix(shape, second.rows(), second.columns());
  }

  @Override
  public String wanted() {
    return "(%s, %s)".formatted(first.rows(), first.columns());
  }

  @Override
  public RowUpdate on(BaseRows base) {
    Product one = first.factors().get();
    Product other = second.factors().get();
    return RowUpdate.byRow(
        (row, values, at) -> {
          double[] a = one.row((int) row);
          double[] b = other.row((int) row);
          for (int j = 0; j < a.length; j++) {
            values[at + j] += factor * a[j] * b[j];
          }
        });
  }

  @Override
  public Optional<FactoredUpdate> factored() {
    long rank = (long) first.rank() * second.rank();
    return FactoredUpdate.isSmall(first.rows(), first.columns(), rank)
        ? Optional.of(
            first
                .factors()
                .get()
                .factors()
                .hadamard(second.factors().get().factors())
                .times(factor))
        : Optional.empty();
  }

  @Override
  public long parameters() {
    return first.parameters() + second.parameters();
  }

  @Override
  public OptionalInt rank() {
    return OptionalInt.of(first.rank());
  }

  @Override
  public OptionalDouble scale() {
    return OptionalDouble.of(factor);
  }
}
