package dev.collapsar.learn.evaluation;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** Takes the class moments of the values at taps as they pass, and keeps nothing else of them. */
public final class MomentsStream implements TapListener {
  private final Map<TapPoint, List<ClassMomentsAccumulator>> moments = new LinkedHashMap<>();
  private final Map<TapPoint, Integer> widths;
  private final int classes;
  private final Workers workers;
  private float[] batch = {};

  /**
   * @param widths the number of values that a sample has at each tap
   * @param workers who share the work, and are left open
   */
  public MomentsStream(Map<TapPoint, Integer> widths, int classes, Workers workers) {
    this.widths = Map.copyOf(widths);
    this.classes = classes;
    this.workers = workers;
    widths.forEach(
        (tap, width) ->
            moments.put(tap, Stream.generate(() -> empty(width)).limit(RowParts.COUNT).toList()));
  }

  /** About what one takes in bytes: 24 K d for each part of a batch and once for their sum. */
  public static long bytes(int classes, long values) {
    return (RowParts.COUNT + 1) * 3L * Double.BYTES * classes * values;
  }

  private ClassMomentsAccumulator empty(int width) {
    return new ClassMomentsAccumulator(classes, width);
  }

  @Override
  public void heard(TapPoint tap, Tensor values, int[] labels, int first) {
    int width = widths.get(tap);
    if (batch.length < labels.length * width) {
      batch = new float[labels.length * width];
    }
    Tensor pixels = TensorBridge.pixelByPixel(values); // (n,...)
    RowParts.each(
        workers,
        labels.length,
        (part, from, to) -> {
          TensorBridge.copyRows(pixels, from, to, batch, from * width);
          moments
              .get(tap)
              .get(part)
              .add(LabeledBatch.of(batch, labels, from, first + from, to - from, width));
        });
  }

  /** Of all that has passed at this tap. */
  public ClassMoments at(TapPoint tap) {
    try (ClassMomentsAccumulator whole = empty(widths.get(tap))) {
      moments.get(tap).forEach(part -> whole.merge(part.snapshot()));
      return whole.snapshot();
    }
  }
}
