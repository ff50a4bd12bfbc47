package dev.collapsar.metric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.Golden;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.linalg.Matrix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A folder of golden/collapse: what another library computes from the same files. */
record GoldenCase(Path folder, JsonNode expected) {
  private static final Pattern SHAPE = Pattern.compile("'shape': \\((\\d+),(?: (\\d+))?\\)");

  static List<GoldenCase> all() throws IOException {
    try (Stream<Path> folders = Files.list(Golden.path("collapse"))) {
      return folders.sorted().map(GoldenCase::of).toList();
    }
  }

  private static GoldenCase of(Path folder) {
    try {
      return new GoldenCase(
          folder, new ObjectMapper().readTree(folder.resolve("expected.json").toFile()));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  int classes() {
    return expected.at("/case/K").asInt();
  }

  FeatureArray table(String prefix) throws IOException {
    ByteBuffer values = data(prefix + "features.npy");
    float[] features = new float[values.remaining() / Float.BYTES];
    values.asFloatBuffer().get(features);
    ByteBuffer longs = data(prefix + "labels.npy");
    int[] labels = new int[longs.remaining() / Long.BYTES];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = Math.toIntExact(longs.getLong());
    }
    return FeatureArray.of(features, labels, features.length / labels.length);
  }

  Matrix weights() throws IOException {
    ByteBuffer values = data("weights.npy");
    float[] weights = new float[values.remaining() / Float.BYTES];
    values.asFloatBuffer().get(weights);
    return Matrix.of(classes(), weights.length / classes(), weights);
  }

  /** The values of an .npy file of version 1, little-endian and in C order. */
  private ByteBuffer data(String name) throws IOException {
    ByteBuffer file =
        ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name))).order(ByteOrder.LITTLE_ENDIAN);
    int header = Short.toUnsignedInt(file.getShort(8));
    String text = new String(file.array(), 10, header, StandardCharsets.US_ASCII);
    Matcher shape = SHAPE.matcher(text);
    if (!shape.find() || !text.contains("'fortran_order': False")) {
      throw new IOException(name + " has the header " + text);
    }
    return file.slice(10 + header, file.capacity() - 10 - header).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public String toString() {
    return folder.getFileName().toString();
  }
}
