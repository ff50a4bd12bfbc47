package dev.collapsar.learn.adapter.part;

import dev.collapsar.data.FileTensor;
import java.util.List;

/** The two random matrices that all layers of a VeRA adapter share. */
public sealed interface VeraProjection {
  /** A (r, inputs) and B (outputs, r), row-major. */
  record Matrices(double[] a, double[] b, int inputs) {}

  /** The matrices for an adapter of weights of these shapes. */
  Matrices of(List<long[]> shapes);

  /** Whether they are large enough for a weight of this shape. */
  boolean covers(long[] shape);

  /** The same in words. */
  String limit();

  /** Saved with the adapter. */
  record Saved(FileTensor a, FileTensor b) implements VeraProjection {
    @Override
    public Matrices of(List<long[]> shapes) {
      return new Matrices(a.toDoubles(), b.toDoubles(), (int) a.shape()[1]);
    }

    @Override
    public boolean covers(long[] shape) {
      return shape[0] <= b.shape()[0] && shape[1] <= a.shape()[1];
    }

    @Override
    public String limit() {
      return " up to %s".formatted(a.shape()[1]);
    }
  }

  /**
   * Drawn anew, as PEFT does on loading ({@code _init_vera_A_vera_B}): A, then B, uniform within
   * sqrt(6 / fan), fan their second dimension, of the most inputs and outputs that an adapted layer
   * has.
   */
  record Drawn(long key, int rank) implements VeraProjection {
    @Override
    public Matrices of(List<long[]> shapes) {
      int inputs = Lengths.index(shapes.stream().mapToLong(shape -> shape[1]).max().orElseThrow());
      int outputs = Lengths.index(shapes.stream().mapToLong(shape -> shape[0]).max().orElseThrow());
      MersenneTwister draws = new MersenneTwister(key);
      double[] a = draws.uniform(Lengths.index((long) rank * inputs), bound(inputs));
      double[] b = draws.uniform(Lengths.index((long) outputs * rank), bound(rank));
      return new Matrices(a, b, inputs);
    }

    private static double bound(int fan) {
      return Math.sqrt(3.0) * (Math.sqrt(2) / Math.sqrt(fan));
    }

    @Override
    public boolean covers(long[] shape) {
      return true;
    }

    @Override
    public String limit() {
      return "";
    }
  }
}
