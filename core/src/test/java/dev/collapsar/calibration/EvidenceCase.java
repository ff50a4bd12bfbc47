package dev.collapsar.calibration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.Golden;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.linalg.Matrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A folder of golden/evidence. */
record EvidenceCase(Path folder, JsonNode expected) {
  private static final Pattern SHAPE = Pattern.compile("'shape': \\((\\d+),(?: (\\d+))?\\)");

  static EvidenceCase of(String name) {
    Path folder = Golden.path("evidence/" + name);
    try {
      return new EvidenceCase(
          folder, new ObjectMapper().readTree(folder.resolve("expected.json").toFile()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** K, by the classifier. */
  int classes() {
    return matrix("weights").rows();
  }

  FeatureArray table() {
    Matrix features = matrix("features");
    return FeatureArray.of(features.toArray(), labels(), features.columns());
  }

  int[] labels() {
    return integers("labels");
  }

  /** The draws, one a row. */
  int[][] permuted() {
    int[] all = integers("labels-permuted");
    int rows = labels().length;
    int[][] draws = new int[all.length / rows][];
    for (int i = 0; i < draws.length; i++) {
      draws[i] = Arrays.copyOfRange(all, i * rows, (i + 1) * rows);
    }
    return draws;
  }

  /** An array of single or double precision values; a vector as one row. */
  Matrix matrix(String name) {
    ByteBuffer file = file(name);
    String header = header(file);
    Matcher shape = SHAPE.matcher(header);
    if (!shape.find()) {
      throw new AssertionError(name + " has the header " + header);
    }
    ByteBuffer data = data(file);
    boolean single = header.contains("<f4");
    double[] values = new double[data.remaining() / (single ? Float.BYTES : Double.BYTES)];
    for (int i = 0; i < values.length; i++) {
      values[i] = single ? data.getFloat() : data.getDouble();
    }
    int rows = shape.group(2) == null ? 1 : Integer.parseInt(shape.group(1));
    int columns = values.length / rows;
    return header.contains("'fortran_order': False")
        ? Matrix.of(rows, columns, values)
        : transposed(Matrix.of(columns, rows, values));
  }

  private static Matrix transposed(Matrix of) {
    double[] values = new double[of.length()];
    for (int i = 0; i < values.length; i++) {
      values[i % of.columns() * of.rows() + i / of.columns()] = of.at(i);
    }
    return Matrix.of(of.columns(), of.rows(), values);
  }

  int[] integers(String name) {
    ByteBuffer data = data(file(name));
    int[] values = new int[data.remaining() / Long.BYTES];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.toIntExact(data.getLong());
    }
    return values;
  }

  private ByteBuffer file(String name) {
    try {
      return ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name + ".npy")))
          .order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String header(ByteBuffer file) {
    int length = Short.toUnsignedInt(file.getShort(8));
    return new String(file.array(), 10, length, StandardCharsets.US_ASCII);
  }

  private static ByteBuffer data(ByteBuffer file) {
    int start = 10 + Short.toUnsignedInt(file.getShort(8));
    return file.slice(start, file.capacity() - start).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public String toString() {
    return folder.getFileName().toString();
  }
}
