package dev.collapsar.learn.adapter;

import static org.bytedeco.pytorch.global.torch.createCPUGenerator;
import static org.bytedeco.pytorch.global.torch.empty;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.util.Optional;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * Zeroes elements at random and divides the others by the share that is kept. Its draws come from a
 * generator of its own, so they disturb no other's. Owns the generator.
 */
final class InputDropout {
  private final double probability;
  private final Seed seed;
  private final Generator generator;

  /** None if the probability of zeroing an element, in [0, 1), is zero. */
  static Optional<InputDropout> of(double probability, Seed seed) {
    return probability == 0 ? Optional.empty() : Optional.of(new InputDropout(probability, seed));
  }

  private InputDropout(double probability, Seed seed) {
    this.probability = probability;
    this.seed = seed;
    this.generator = TensorScope.within(() -> createCPUGenerator(seed.value()).retainReference());
  }

  Tensor apply(Tensor input) {
    double kept = 1 - probability;
    Tensor mask = empty(input.shape()).bernoulli_(kept, new GeneratorOptional(generator));
    return input.mul(mask.div_(TensorBridge.scalar(kept)).to(input.device(), input.scalar_type()));
  }

  /** Every epoch draws from its own stream. */
  void beginEpoch(int number) {
    generator.set_current_seed(seed.stream("epoch/" + number));
  }

  void close() {
    generator.releaseReference();
  }
}
