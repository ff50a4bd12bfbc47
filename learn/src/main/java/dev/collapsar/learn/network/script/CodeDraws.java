package dev.collapsar.learn.network.script;

import static org.bytedeco.pytorch.global.torch.globalContext;

import dev.collapsar.random.Seed;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.Tensor;

/**
 * The random draws of a file's code. Such code can only draw from the one generator that a process
 * has, so each pass sets that to a stream of its own, alone, and puts it back as it was: in
 * training the streams are those of the epoch and of the pass in it, so that a training that goes
 * on draws what one go would; in evaluation every pass draws the same.
 */
final class CodeDraws {
  private static final Object PROCESS_GENERATOR = new Object();

  private final boolean any;
  private Seed seed;
  private int epoch;
  private int passes;

  /**
   * @param any whether the code draws at all
   */
  CodeDraws(boolean any, Seed seed) {
    this.any = any;
    this.seed = seed;
  }

  void from(Seed other) {
    seed = other;
  }

  void beginEpoch(int number) {
    epoch = number;
    passes = 0;
  }

  /** The same draws for a copy of the network, from its beginning. */
  CodeDraws copy() {
    return new CodeDraws(any, seed);
  }

  /** What the pass computes on this device. */
  <T> T during(boolean training, Device device, Supplier<T> pass) {
    if (!any) {
      return pass.get();
    }
    long stream =
        seed.stream(training ? "epoch/%s/pass/%s".formatted(epoch, passes++) : "evaluation");
    synchronized (PROCESS_GENERATOR) {
      Generator generator = globalContext().defaultGenerator(device);
      Tensor before = generator.get_state();
      try {
        generator.set_current_seed(stream);
        return pass.get();
      } finally {
        generator.set_state(before);
      }
    }
  }
}
