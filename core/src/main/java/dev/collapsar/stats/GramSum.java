package dev.collapsar.stats;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.DoubleBlock;
import dev.collapsar.linalg.Matrix;

/** The sum of r r^T over rows r (D), gathered in blocks for a symmetric rank update. */
final class GramSum implements AutoCloseable {
  private static final int BLOCK_ROWS = 256;

  private final Blas blas;
  private final int width;
  private final DoubleBlock rows; // (BLOCK_ROWS,D)
  private final DoubleBlock gram; // (D,D), lower triangle
  private int held;

  GramSum(Blas blas, int width) {
    this.blas = blas;
    this.width = width;
    rows = blas.doubles(Math.multiplyExact(BLOCK_ROWS, width));
    gram = blas.doubles(Math.multiplyExact(width, width));
    double[] zeros = new double[width];
    for (int i = 0; i < width; i++) {
      gram.buffer().put(i * width, zeros);
    }
  }

  void add(double[] row) {
    rows.buffer().put(held * width, row, 0, width);
    if (++held == BLOCK_ROWS) {
      flush();
    }
  }

  /** Adds a symmetric matrix. */
  void add(Matrix symmetric) {
    for (int i = 0; i < symmetric.length(); i++) {
      gram.buffer().put(i, gram.buffer().get(i) + symmetric.at(i));
    }
  }

  Matrix sum() {
    flush();
    double[] values = new double[width * width];
    for (int i = 0; i < width; i++) {
      gram.buffer().get(i * width, values, i * width, i + 1);
    }
    for (int i = 0; i < width; i++) {
      for (int j = 0; j < i; j++) {
        values[j * width + i] = values[i * width + j];
      }
    }
    return Matrix.of(width, width, values);
  }

  private void flush() {
    if (held > 0) {
      blas.addGram(rows, gram, held, width);
      held = 0;
    }
  }

  @Override
  public void close() {
    rows.close();
    gram.close();
  }
}
