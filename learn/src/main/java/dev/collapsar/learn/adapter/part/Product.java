package dev.collapsar.learn.adapter.part;

import dev.collapsar.data.FileTensor;
import dev.collapsar.linalg.Matrix;
import java.util.function.Supplier;

/**
 * A matrix (m,n) as the product of a left factor (m,r) and a right one (r,n), of which rows are
 * made when they are asked for.
 */
public final class Product {
  /** Numbers of the right factor that stay in a core's first cache while rows pass. */
  private static final int CACHED = 2048;

  private final double[] left;
  private final int leftRow; // distance of neighbours in a column of the left factor
  private final int leftColumn;
  private final double[] right;
  private final int rank;
  private final int width;

  private Product(double[] left, int leftRow, int leftColumn, double[] right, int rank, int width) {
    this.left = left;
    this.leftRow = leftRow;
    this.leftColumn = leftColumn;
    this.right = right;
    this.rank = rank;
    this.width = width;
  }

  /** Of {@code left} (m,r) and {@code right} (r,n), both row-major. */
  public static Product of(double[] left, double[] right, int rank) {
    return new Product(left, rank, 1, right, rank, rank == 0 ? 0 : right.length / rank);
  }

  /** The same of a left factor that is given as its transpose (r,m). */
  public static Product ofTransposed(double[] leftTransposed, double[] right, int rank) {
    int rows = rank == 0 ? 0 : leftTransposed.length / rank;
    return new Product(leftTransposed, 1, rows, right, rank, rank == 0 ? 0 : right.length / rank);
  }

  /** A matrix (m,n) that is given whole. */
  public static Product whole(double[] values, int width) {
    return new Product(values, width, 1, null, width, width);
  }

  /** Adds {@code scale} times a row to the array. */
  public void add(int row, double scale, double[] into, int at) {
    if (right == null) {
      for (int j = 0; j < width; j++) {
        into[at + j] += scale * left[row * leftRow + j];
      }
      return;
    }
    int k = 0;
    for (; k + 3 < rank; k += 4) {
      double c0 = scale * left(row, k);
      double c1 = scale * left(row, k + 1);
      double c2 = scale * left(row, k + 2);
      double c3 = scale * left(row, k + 3);
      int r0 = k * width;
      int r1 = r0 + width;
      int r2 = r1 + width;
      int r3 = r2 + width;
      for (int j = 0; j < width; j++) {
        into[at + j] +=
            c0 * right[r0 + j] + c1 * right[r1 + j] + c2 * right[r2 + j] + c3 * right[r3 + j];
      }
    }
    for (; k < rank; k++) {
      double c = scale * left(row, k);
      for (int j = 0; j < width; j++) {
        into[at + j] += c * right[k * width + j];
      }
    }
  }

  /** The update that adds {@code scale} times its rows. */
  public RowUpdate times(double scale) {
    return right == null || rank == 0
        ? RowUpdate.byRow((row, values, at) -> add((int) row, scale, values, at))
        : new Scaled(this, scale);
  }

  /**
   * A scale times a product of two factors, added to each row. Anyone who knows better how to add
   * it finds the factors here, and what each element must come to.
   *
   * <p>The right factor is in pieces of a few columns, each row of a piece an array of its own: a
   * piece stays in a core's cache while rows pass, and loops over whole arrays become vector
   * instructions, which those over parts of one array do not.
   */
  public static final class Scaled implements RowUpdate {
    private final Product product;
    private final double scale;
    private final int columns;
    private final double[][][] pieces; // by piece and row, with rows of zeros to a multiple of four

    private Scaled(Product product, double scale) {
      this.product = product;
      this.scale = scale;
      int rank = product.rank;
      columns = Math.max(16, CACHED / rank);
      pieces = new double[(product.width + columns - 1) / columns][rank + 3][];
      for (int piece = 0; piece < pieces.length; piece++) {
        int from = piece * columns;
        int length = Math.min(columns, product.width - from);
        for (int k = 0; k < rank + 3; k++) {
          pieces[piece][k] = new double[length];
          if (k < rank) {
            System.arraycopy(product.right, k * product.width + from, pieces[piece][k], 0, length);
          }
        }
      }
    }

    public int rank() {
      return product.rank;
    }

    public int width() {
      return product.width;
    }

    public int rows() {
      return product.left.length / product.rank;
    }

    /** An element of the left factor (m,r), the scale in it. */
    public double left(int row, int k) {
      return scale * product.left(row, k);
    }

    /** An element of the right factor (r,n). */
    public double right(int k, int column) {
      return product.right[k * product.width + column];
    }

    /** What {@link #apply} makes of one element, to the last bit. */
    public double plus(double value, int row, int column) {
      double sum = value;
      for (int k = 0; k < product.rank; k += 4) {
        sum +=
            term(row, k, column)
                + term(row, k + 1, column)
                + term(row, k + 2, column)
                + term(row, k + 3, column);
      }
      return sum;
    }

    private double term(int row, int k, int column) {
      return k < product.rank ? left(row, k) * right(k, column) : 0;
    }

    @Override
    public void apply(RowBlock block) {
      int rank = product.rank;
      double[] sums = new double[columns];
      double[] c = new double[rank + 3];
      for (int piece = 0; piece < pieces.length; piece++) {
        int length = pieces[piece][0].length;
        for (int i = 0; i < block.rows(); i++) {
          for (int k = 0; k < rank; k++) {
            c[k] = left((int) block.first() + i, k);
          }
          int at = block.at() + i * block.width() + piece * columns;
          System.arraycopy(block.values(), at, sums, 0, length);
          for (int k = 0; k < rank; k += 4) {
            addFour(c, k, pieces[piece], sums);
          }
          System.arraycopy(sums, 0, block.values(), at, length);
        }
      }
    }
  }

  private static void addFour(double[] c, int k, double[][] rows, double[] sums) {
    double c0 = c[k];
    double c1 = c[k + 1];
    double c2 = c[k + 2];
    double c3 = c[k + 3];
    double[] r0 = rows[k];
    double[] r1 = rows[k + 1];
    double[] r2 = rows[k + 2];
    double[] r3 = rows[k + 3];
    for (int j = 0; j < r0.length; j++) {
      sums[j] += c0 * r0[j] + c1 * r1[j] + c2 * r2[j] + c3 * r3[j];
    }
  }

  /** A row by itself. */
  public double[] row(int row) {
    double[] values = new double[width];
    add(row, 1, values, 0);
    return values;
  }

  /** The factors (m,r) and (r,n); of a matrix given whole the shorter side's unit matrix is one. */
  FactoredUpdate factors() {
    if (right != null) {
      int rows = rank == 0 ? 0 : left.length / rank;
      double[] ordered = leftColumn == 1 ? left : transposed(left, rank, rows);
      return new FactoredUpdate(Matrix.of(rows, rank, ordered), Matrix.of(rank, width, right));
    }
    int rows = width == 0 ? 0 : left.length / width;
    Matrix all = Matrix.of(rows, width, left);
    return width <= rows
        ? new FactoredUpdate(all, unit(width))
        : new FactoredUpdate(unit(rows), all);
  }

  private static Matrix unit(int size) {
    double[] values = new double[Math.multiplyExact(size, size)];
    for (int i = 0; i < size; i++) {
      values[i * size + i] = 1;
    }
    return Matrix.of(size, size, values);
  }

  private double left(int row, int k) {
    return left[row * leftRow + k * leftColumn];
  }

  /**
   * The right factor of a decomposed kernel, as CP or Tucker decompositions keep it: {@code R[i,
   * (q,k)] = sum_j core[i,j,k] input[j,q]}, (r, in * k...).
   *
   * @param core (r, r', k...)
   * @param input (r', in)
   */
  public static double[] kernel(FileTensor core, FileTensor input) {
    long[] shape = core.shape();
    int rank = Lengths.index(shape[0]);
    int inner = Lengths.index(shape[1]);
    int taps = Lengths.index(Lengths.product(shape, 2));
    int inputs = Lengths.index(input.shape()[1]);
    double[] t = core.toDoubles();
    double[] b = input.toDoubles();
    double[] right = new double[Lengths.index((long) rank * inputs * taps)];
    for (int i = 0; i < rank; i++) {
      for (int j = 0; j < inner; j++) {
        for (int q = 0; q < inputs; q++) {
          int to = (i * inputs + q) * taps;
          for (int k = 0; k < taps; k++) {
            right[to + k] += t[(i * inner + j) * taps + k] * b[j * inputs + q];
          }
        }
      }
    }
    return right;
  }

  /** The transpose of a matrix (rows, columns). */
  public static double[] transposed(double[] values, int rows, int columns) {
    double[] turned = new double[values.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        turned[j * rows + i] = values[i * columns + j];
      }
    }
    return turned;
  }

  /** A product whose factors are read when it is first needed, with what is known before. */
  public record Lazy(
      long rows, long columns, int rank, long parameters, Supplier<Product> factors) {}
}
