package dev.collapsar.learn.batch;

import dev.collapsar.Sha256;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.random.Seed;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Samples that are numbers already, in memory.
 *
 * @param values (count, shape...), row-major
 * @param labels (count)
 */
public record ArraySamples(
    String name, float[] values, InputSpec.Array input, int[] labels, List<String> classes)
    implements Samples {
  public ArraySamples {
    classes = List.copyOf(classes);
    if (values.length != labels.length * input.size()) {
      throw new IllegalArgumentException(
          "%s samples of shape %s need that many values, got %s"
              .formatted(labels.length, input.shape(), values.length));
    }
  }

  @Override
  public int count() {
    return labels.length;
  }

  @Override
  public Map<String, String> sha256() {
    return Map.of();
  }

  private int width() {
    return Math.toIntExact(input.size());
  }

  /** The arrays under the name {@value Input#ARRAY}, (count, shape...). */
  @Override
  public Input batch(int[] rows, int from, int count, Seed seed) {
    long[] shape =
        LongStream.concat(LongStream.of(count), input.shape().stream().mapToLong(Long::longValue))
            .toArray();
    return Input.of(TensorBridge.floats(gathered(rows, from, count), shape));
  }

  private float[] gathered(int[] rows, int from, int count) {
    int width = width();
    float[] gathered = new float[Math.multiplyExact(count, width)];
    for (int i = 0; i < count; i++) {
      System.arraycopy(values, rows[from + i] * width, gathered, i * width, width);
    }
    return gathered;
  }

  @Override
  public Optional<String> drawnBy() {
    return Optional.empty();
  }

  @Override
  public String fingerprint() {
    Sha256 sha256 = new Sha256();
    ByteBuffer row = ByteBuffer.allocate(width() * Float.BYTES);
    for (int from = 0; from < values.length; from += width()) {
      row.clear().asFloatBuffer().put(values, from, width());
      sha256.add(row);
    }
    return input.shape() + " " + sha256.hex();
  }
}
