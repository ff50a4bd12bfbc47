package dev.collapsar.learn.spectra;

import dev.collapsar.learn.adapter.layout.AdapterTensors;
import dev.collapsar.learn.adapter.layout.Target;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.learn.merge.NetworkMerge;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * How an adapter of any kind changes the length and the direction of the weights of each output
 * (Liu et al. 2024, 3.2): w are the weights of an output with all taps of a kernel, w' the same
 * merged, before rounding. An embedding's are those of each token.
 *
 * @param layers by module, in natural order
 */
public record OutputTurns(Map<String, Layer> layers) {
  public OutputTurns {
    layers = Collections.unmodifiableMap(layers);
  }

  /**
   * One weight's, over the outputs whose w and w' are not zero.
   *
   * @param magnitude mean of | ||w'|| - ||w|| |, in [0, inf)
   * @param direction mean of 1 - cos(w', w), in [0, 2]
   * @param outputs how many those are, one at least
   */
  public record Layer(double magnitude, double direction, long outputs) {}

  /**
   * @param progress told of each weight that is done
   * @throws dev.collapsar.InvalidInputException if the adapter is of another network
   */
  public static OutputTurns of(AdapterTensors adapter, BaseNetwork base, LongConsumer progress) {
    NetworkMerge merge = NetworkMerge.of(base, adapter, Optional.empty());
    Map<String, Layer> layers = new TreeMap<>(LayerOrder.NATURAL);
    for (Target target : adapter.targets()) {
      Sums sums = new Sums();
      if (merge.forEachRow(target.module(), sums::add) && sums.outputs > 0) {
        layers.put(target.module(), sums.layer());
      }
      progress.accept(1);
    }
    return new OutputTurns(layers);
  }

  private static final class Sums {
    private double magnitude;
    private double direction;
    private long outputs;

    void add(double[] before, double[] after, int at, int width) {
      double own = 0;
      double changed = 0;
      double apart = 0;
      for (int j = at; j < at + width; j++) {
        own += before[j] * before[j];
        changed += after[j] * after[j];
      }
      if (own == 0 || changed == 0) {
        return;
      }
      double length = Math.sqrt(own);
      double longer = Math.sqrt(changed);
      for (int j = at; j < at + width; j++) { // 1 - cos = |a - b|^2 / 2 of unit vectors: no loss
        double difference = after[j] / longer - before[j] / length;
        apart += difference * difference;
      }
      magnitude += Math.abs(longer - length);
      direction += apart / 2;
      outputs++;
    }

    Layer layer() {
      return new Layer(magnitude / outputs, direction / outputs, outputs);
    }
  }
}
