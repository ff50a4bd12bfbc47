package dev.collapsar.linalg;

import static org.bytedeco.openblas.global.openblas.*;

import dev.collapsar.compute.NativeEnvironment;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.openblas.global.openblas_full;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * OpenBLAS on native memory. Its number of threads belongs to the process, other libraries in it
 * included: it is one while any of these is open, and afterwards what it was before.
 */
final class OpenBlas implements Blas {
  /** Floating point operations below which OpenBLAS's threads are left asleep. */
  private static final double WORTH_WAKING = 1e8;

  private static final ReadWriteLock THREADS = new ReentrantReadWriteLock();

  private static final Logger LOG = LoggerFactory.getLogger(OpenBlas.class);

  private static int open;
  private static int threadsBefore;

  private final int threads;
  private boolean closed;

  OpenBlas(int threads) {
    this.threads = threads;
    NativeEnvironment.prepare();
    synchronized (OpenBlas.class) {
      if (open++ == 0) {
        threadsBefore = openblas_full.openblas_get_num_threads();
        LOG.debug("OpenBLAS's threads: {} for {} before", threads, threadsBefore);
        openblas_full.openblas_set_num_threads(1);
      }
    }
  }

  @Override
  public void close() {
    synchronized (OpenBlas.class) {
      if (!closed && --open == 0) {
        openblas_full.openblas_set_num_threads(threadsBefore);
      }
      closed = true;
    }
  }

  @Override
  public String name() {
    return openblas_full.openblas_get_config().getString();
  }

  @Override
  public FloatBlock floats(int length) {
    return FloatBlock.outside(length);
  }

  @Override
  public DoubleBlock doubles(int length) {
    return DoubleBlock.outside(length);
  }

  @Override
  public void product(
      FloatBlock a, int aRow, FloatBlock b, int bRow, FloatBlock c, int m, int n, int k) {
    alone(
        () ->
            cblas_sgemm(
                CblasRowMajor,
                CblasNoTrans,
                CblasTrans,
                m,
                n,
                k,
                1,
                a.from(aRow * k),
                k,
                b.from(bRow * k),
                k,
                0,
                c.from(0),
                n));
  }

  @Override
  public void product(
      DoubleBlock a, int aRow, DoubleBlock b, int bRow, DoubleBlock c, int m, int n, int k) {
    alone(() -> multiply(a.from(aRow * k), CblasTrans, b.from(bRow * k), c.from(0), m, n, k));
  }

  @Override
  public void times(DoubleBlock a, DoubleBlock b, DoubleBlock c, int m, int n, int k) {
    alone(() -> multiply(a.from(0), CblasNoTrans, b.from(0), c.from(0), m, n, k));
  }

  /** C (m,n) = A (m,k) B, where B is (k,n), or (n,k) if it is transposed. */
  private static void multiply(
      DoublePointer a, int transposeB, DoublePointer b, DoublePointer c, int m, int n, int k) {
    int strideB = transposeB == CblasTrans ? k : n;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, transposeB, m, n, k, 1, a, k, b, strideB, 0, c, n);
  }

  @Override
  public void addGram(DoubleBlock a, DoubleBlock c, int m, int n) {
    alone(
        () ->
            cblas_dsyrk(
                CblasRowMajor, CblasLower, CblasTrans, n, m, 1, a.from(0), n, 1, c.from(0), n));
  }

  @Override
  public Matrix timesTransposed(Matrix a, Matrix b) {
    Matrix.requireConform(a.columns() == b.columns(), a, b);
    return product(a, CblasTrans, b, b.rows());
  }

  @Override
  public Matrix times(Matrix a, Matrix b) {
    Matrix.requireConform(a.columns() == b.rows(), a, b);
    return product(a, CblasNoTrans, b, b.columns());
  }

  private Matrix product(Matrix a, int transposeB, Matrix b, int n) {
    double[] values = new double[Math.multiplyExact(a.rows(), n)];
    try (DoublePointer left = new DoublePointer(a.array());
        DoublePointer right = new DoublePointer(b.array());
        DoublePointer product = new DoublePointer(values.length)) {
      together(
          2.0 * values.length * a.columns(),
          () -> multiply(left, transposeB, right, product, a.rows(), n, a.columns()));
      product.get(values);
    }
    return Matrix.of(a.rows(), n, values);
  }

  @Override
  public Matrix columnGram(Matrix a) {
    int n = a.columns();
    double[] values = new double[Math.multiplyExact(n, n)];
    try (DoublePointer rows = new DoublePointer(a.array());
        DoublePointer gram = new DoublePointer(values.length)) {
      together(
          (double) values.length * a.rows(),
          () ->
              cblas_dsyrk(
                  CblasRowMajor, CblasLower, CblasTrans, n, a.rows(), 1, rows, n, 0, gram, n));
      gram.get(values);
    }
    return Matrix.symmetric(n, values);
  }

  @Override
  public SymmetricEigen eigen(Matrix symmetric) {
    Matrix.requireSymmetric(symmetric);
    int n = symmetric.rows();
    double[] values = new double[n];
    double[] vectors = new double[symmetric.array().length];
    decompose('V', symmetric, values, vectors);
    return new SymmetricEigen(values, Matrix.of(n, n, vectors));
  }

  @Override
  public double[] eigenvalues(Matrix symmetric) {
    Matrix.requireSymmetric(symmetric);
    double[] values = new double[symmetric.rows()];
    decompose('N', symmetric, values, null);
    return values;
  }

  /**
   * Column-major, as LAPACK wants it: the lower triangle of rows is the upper triangle of columns,
   * and the eigenvectors come out as rows.
   */
  private void decompose(char job, Matrix symmetric, double[] values, double[] vectors) {
    int n = symmetric.rows();
    try (DoublePointer a = new DoublePointer(symmetric.array());
        DoublePointer w = new DoublePointer(n)) {
      int[] info = new int[1];
      together(
          4.0 * n * n * n,
          () -> info[0] = LAPACKE_dsyevd(LAPACK_COL_MAJOR, (byte) job, (byte) 'U', n, a, n, w));
      if (info[0] != 0) {
        throw new ArithmeticException(
            "the eigenvalues of a %s x %s matrix did not converge (dsyevd %s)"
                .formatted(n, n, info[0]));
      }
      w.get(values);
      if (vectors != null) {
        a.get(vectors);
      }
    }
  }

  @Override
  public Optional<Matrix> whitened(Matrix rows, Matrix positive) {
    Matrix.requireSymmetric(positive);
    Matrix.requireConform(rows.columns() == positive.rows(), rows, positive);
    int n = positive.rows();
    double[] factor = new double[positive.array().length];
    double[] solved = new double[rows.array().length];
    try (DoublePointer a = new DoublePointer(positive.array());
        DoublePointer b = new DoublePointer(rows.array())) {
      int[] info = new int[1];
      together(
          (double) n * n * (n / 3.0 + rows.rows()),
          () -> {
            info[0] = LAPACKE_dpotrf(LAPACK_COL_MAJOR, (byte) 'U', n, a, n);
            if (info[0] == 0) {
              a.get(factor);
              cblas_dtrsm(
                  CblasRowMajor,
                  CblasRight,
                  CblasLower,
                  CblasTrans,
                  CblasNonUnit,
                  rows.rows(),
                  n,
                  1,
                  a,
                  n,
                  b,
                  n);
            }
          });
      b.get(solved);
      return info[0] == 0 && ReferenceBlas.isRegular(factor, n)
          ? Optional.of(Matrix.of(rows.rows(), n, solved))
          : Optional.empty();
    }
  }

  /** One operation in all the threads, while none of the callers' threads work. */
  private void together(double operations, Runnable operation) {
    if (operations < WORTH_WAKING || threads == 1) {
      alone(operation);
      return;
    }
    THREADS.writeLock().lock();
    try {
      openblas_full.openblas_set_num_threads(threads);
      operation.run();
    } finally {
      openblas_full.openblas_set_num_threads(1);
      THREADS.writeLock().unlock();
    }
  }

  /**
   * One operation in the caller's thread: the number of threads is the process's, and another
   * measurement of this process must not change it meanwhile, nor thereby the bits of the result.
   */
  private static void alone(Runnable operation) {
    THREADS.readLock().lock();
    try {
      operation.run();
    } finally {
      THREADS.readLock().unlock();
    }
  }
}
