package dev.collapsar.learn.evaluation;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.tensor.TensorBridge;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Keeps the values at taps as features in memory, 4 bytes each: a sample's at a tap are a row,
 * whatever shape they have; of images pixel by pixel, which no metric depends on. The memory is
 * taken once and serves one pass after another.
 */
public final class FeatureStore {
  private final Map<TapPoint, float[]> features = new LinkedHashMap<>();
  private final Map<TapPoint, Integer> widths;

  /**
   * @param widths the number of values that a sample has at each tap
   */
  public FeatureStore(Map<TapPoint, Integer> widths, int samples) {
    this.widths = Map.copyOf(widths);
    widths.forEach(
        (tap, width) -> features.put(tap, new float[Math.multiplyExact(samples, width)]));
  }

  /** Fills the memory with the next pass. */
  public TapListener filledBy(Workers workers) {
    return (tap, values, labels, first) -> {
      int width = widths.get(tap);
      Tensor pixels = TensorBridge.pixelByPixel(values); // (n,...)
      RowParts.each(
          workers,
          labels.length,
          (part, from, to) ->
              TensorBridge.copyRows(pixels, from, to, features.get(tap), (first + from) * width));
    };
  }

  /**
   * What the last pass left at this tap, (samples, width). It is the memory itself: the next pass
   * writes over it.
   *
   * @param labels of the samples, in the pass's order
   */
  public FeatureArray table(TapPoint tap, int[] labels) {
    return FeatureArray.of(features.get(tap), labels, widths.get(tap));
  }
}
