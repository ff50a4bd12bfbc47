package dev.collapsar.learn.training;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Takes the class moments of the values at taps as they pass, and keeps nothing else of them. */
public final class MomentsStream implements TapListener {
  private final Map<TapPoint, ClassMomentsAccumulator> moments = new LinkedHashMap<>();
  private final Map<TapPoint, Integer> widths;
  private float[] batch = {};

  /**
   * @param widths the number of values that a sample has at each tap
   */
  public MomentsStream(Map<TapPoint, Integer> widths, int classes) {
    this.widths = Map.copyOf(widths);
    widths.forEach((tap, width) -> moments.put(tap, new ClassMomentsAccumulator(classes, width)));
  }

  @Override
  public void heard(TapPoint tap, Tensor values, int[] labels, int first) {
    int width = widths.get(tap);
    if (batch.length < labels.length * width) {
      batch = new float[labels.length * width];
    }
    TensorBridge.copyFloats(TensorBridge.pixelByPixel(values), batch, 0);
    moments.get(tap).add(LabeledBatch.of(batch, labels, first, labels.length, width));
  }

  /** Of all that has passed at this tap. */
  public ClassMoments at(TapPoint tap) {
    return moments.get(tap).snapshot();
  }
}
