package dev.collapsar.learn.adapter.part;

import dev.collapsar.data.FileTensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * A low-rank update: W' = W + s B A (Hu et al. 2021). A convolution's kernel counts with its
 * inputs: A (r, in * k), and W is (out, in * k).
 *
 * @param product (out, in * k), B A
 * @param kernel the weight's dimensions from the second on if the factors tell, else empty
 */
public record LowRankPart(Product.Lazy product, long[] kernel, double factor) implements Additive {
  /** Of A (r, in, k...) and B (out, r, 1...). */
  public static LowRankPart of(String module, FileTensor a, FileTensor b, double scale) {
    long rank = a.shape()[0];
    long out = b.shape()[0];
    Lengths.require(
        a.shape().length >= 2 && Lengths.product(b.shape(), 1) == rank,
        module,
        "factors of disagreeing rank (or a convolution in groups, whose update is no weight)",
        a,
        b);
    return new LowRankPart(
        new Product.Lazy(
            out,
            Lengths.product(a.shape(), 1),
            Lengths.index(rank),
            a.elements() + b.elements(),
            () -> Product.of(b.toDoubles(), a.toDoubles(), (int) rank)),
        Arrays.copyOfRange(a.shape(), 1, a.shape().length),
        scale);
  }

  /** Of an embedding's A (r, num) and B (dim, r): W (num, dim) + s (B A)^T. */
  public static LowRankPart ofEmbedding(String module, FileTensor a, FileTensor b, double scale) {
    Lengths.require(
        a.shape().length == 2 && b.shape().length == 2 && a.shape()[0] == b.shape()[1],
        module,
        "factors of disagreeing rank",
        a,
        b);
    int rank = Lengths.index(a.shape()[0]);
    int dim = Lengths.index(b.shape()[0]);
    return new LowRankPart(
        new Product.Lazy(
            a.shape()[1],
            dim,
            rank,
            a.elements() + b.elements(),
            () ->
                Product.ofTransposed(
                    a.toDoubles(), Product.transposed(b.toDoubles(), dim, rank), rank)),
        new long[0],
        scale);
  }

  @Override
  public boolean fits(long[] shape) {
    long[] own = new long[kernel.length + 1];
    own[0] = product.rows();
    System.arraycopy(kernel, 0, own, 1, kernel.length);
    boolean told = kernel.length > 1 && shape.length > 2;
    return told
        ? Arrays.equals(Lengths.trimmed(own), Lengths.trimmed(shape))
        : Lengths.isMatrix(shape, product.rows(), product.columns());
  }

  @Override
  public String wanted() {
    return "(%s, %s)"
        .formatted(
            product.rows(),
            kernel.length > 1
                ? String.join(", ", Arrays.stream(kernel).mapToObj(Long::toString).toList())
                : product.columns());
  }

  @Override
  public RowUpdate on(BaseRows base) {
    return product.factors().get().times(factor);
  }

  @Override
  public boolean isOfEmbedding() {
    return kernel.length == 0;
  }

  @Override
  public Optional<FactoredUpdate> factored() {
    return Optional.of(
        product.rank() == 0 // all ranks pruned
            ? FactoredUpdate.zero(product.rows(), product.columns())
            : product.factors().get().factors().times(factor));
  }

  @Override
  public long parameters() {
    return product.parameters();
  }

  @Override
  public OptionalInt rank() {
    return OptionalInt.of(product.rank());
  }

  @Override
  public OptionalDouble scale() {
    return OptionalDouble.of(factor);
  }
}
