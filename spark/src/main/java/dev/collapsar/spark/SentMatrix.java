package dev.collapsar.spark;

import dev.collapsar.linalg.Matrix;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** A matrix on its way to the executors, in pieces of bounded size. */
final class SentMatrix implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int PIECE = ChunkMerge.CHUNK_BYTES / Double.BYTES;

  private final int rows;
  private final int columns;
  private final ArrayList<Broadcast<double[]>> pieces = new ArrayList<>();

  private SentMatrix(Matrix matrix) {
    rows = matrix.rows();
    columns = matrix.columns();
  }

  /** Null for null. */
  static SentMatrix send(Matrix matrix, JavaSparkContext spark) {
    if (matrix == null) {
      return null;
    }
    SentMatrix sent = new SentMatrix(matrix);
    for (int from = 0; from < matrix.length(); from += PIECE) {
      double[] piece = new double[Math.min(PIECE, matrix.length() - from)];
      matrix.copy(from, piece, 0, piece.length);
      sent.pieces.add(spark.broadcast(piece));
    }
    return sent;
  }

  static Matrix receive(SentMatrix sent) {
    if (sent == null) {
      return null;
    }
    double[] values = new double[sent.rows * sent.columns];
    int at = 0;
    for (Broadcast<double[]> piece : sent.pieces) {
      System.arraycopy(piece.value(), 0, values, at, piece.value().length);
      at += piece.value().length;
    }
    return Matrix.of(sent.rows, sent.columns, values);
  }

  List<Broadcast<double[]>> pieces() {
    return pieces;
  }
}
