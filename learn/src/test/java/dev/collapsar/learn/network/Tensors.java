package dev.collapsar.learn.network;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;

/** What tests of networks share. */
public final class Tensors {
  private Tensors() {}

  /** Uniform numbers in [-1, 1), the same for the same seed. */
  public static float[] random(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  /** The bytes of every parameter and buffer by name. */
  public static Map<String, byte[]> bits(Network network) {
    Map<String, byte[]> bits = new LinkedHashMap<>();
    network
        .weights()
        .state()
        .forEach((name, tensor) -> bits.put(name, TensorBridge.rawBytes(tensor)));
    return bits;
  }

  /** Writes into a tensor that may require a gradient. */
  public static void set(Tensor tensor, float[] values) {
    TensorScope.runWithoutGradients(
        () -> tensor.copy_(TensorBridge.floats(values, tensor.shape())));
  }
}
