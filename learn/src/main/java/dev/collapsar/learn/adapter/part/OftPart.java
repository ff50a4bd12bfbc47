package dev.collapsar.learn.adapter.part;

import dev.collapsar.data.FileTensor;

/**
 * OFT (Qiu et al. 2023): W' = W blockdiag(R)^T over a row's elements (inputs, with their kernel),
 * of each block R the Cayley transform of a skew-symmetric Q, whose upper triangle the file holds
 * row by row. For a convolution this is what PEFT merges; its live forward of kernels larger than 1
 * is another map.
 *
 * @param triangles (blocks, n (n-1)/2); one block for all if {@code shared}
 * @param terms of the series that stands for the transform; 0 for the transform itself
 * @param longest the Frobenius norm that a Q may have; longer ones are shortened to it
 * @param ofEmbedding whether it turns an embedding's rows, which are outputs: W' = W blockdiag(R)
 */
public record OftPart(
    FileTensor triangles, int size, boolean shared, int terms, double longest, boolean ofEmbedding)
    implements Part {
  /** The n of which n (n-1)/2 is this length, or -1. */
  public static int size(long triangle) {
    long n = Math.round((1 + Math.sqrt(1 + 8.0 * triangle)) / 2);
    return n * (n - 1) / 2 == triangle && n <= 46340 ? (int) n : -1;
  }

  @Override
  public boolean fits(long[] shape) {
    long inputs = shape.length < 2 ? -1 : Lengths.product(shape, 1);
    return shared ? inputs > 0 && inputs % size == 0 : inputs == triangles.shape()[0] * size;
  }

  @Override
  public boolean isRunOtherwise(long[] shape) {
    return shape.length > 2 && Lengths.product(shape, 2) > 1;
  }

  @Override
  public String wanted() {
    return shared
        ? "(any, a multiple of %s)".formatted(size)
        : "(any, %s)".formatted(triangles.shape()[0] * size);
  }

  @Override
  public RowUpdate on(BaseRows base) {
    double[] values = triangles.toDoubles();
    int blocks = (int) triangles.shape()[0];
    int length = values.length / blocks;
    double[][] rotations = new double[blocks][];
    for (int b = 0; b < blocks; b++) {
      double[] q = skew(values, b * length);
      double[] r = terms > 0 ? SmallMatrix.neumann(q, size, terms) : SmallMatrix.cayley(q, size);
      rotations[b] = ofEmbedding ? Product.transposed(r, size, size) : r;
    }
    int width = (int) Lengths.product(base.shape(), 1);
    return RowUpdate.byRow(
        (row, w, at) -> {
          for (int b = 0; b < width / size; b++) {
            rotate(rotations[shared ? 0 : b], w, at + b * size);
          }
        });
  }

  private double[] skew(double[] triangle, int at) {
    double[] q = new double[size * size];
    double squares = 0;
    int next = at;
    for (int i = 0; i < size; i++) {
      for (int j = i + 1; j < size; j++) {
        double value = triangle[next++];
        q[i * size + j] = value;
        q[j * size + i] = -value;
        squares += 2 * value * value;
      }
    }
    double norm = Math.sqrt(squares);
    for (int i = 0; norm > longest && i < q.length; i++) {
      q[i] *= longest / norm;
    }
    return q;
  }

  /** w' = R w of a run of elements. */
  private void rotate(double[] rotation, double[] w, int at) {
    double[] turned = new double[size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        turned[i] += rotation[i * size + j] * w[at + j];
      }
    }
    System.arraycopy(turned, 0, w, at, size);
  }

  @Override
  public boolean isOfEmbedding() {
    return ofEmbedding;
  }

  @Override
  public long parameters() {
    return triangles.elements();
  }
}
