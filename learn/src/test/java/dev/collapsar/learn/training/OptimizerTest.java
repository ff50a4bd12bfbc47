package dev.collapsar.learn.training;

import static dev.collapsar.learn.tensor.NativeObjects.assertNoneLeft;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.collapsar.learn.network.Tensors;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.tensor.TorchRuntime;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** PyTorch's update rules, by their documentation, in plain Java. */
class OptimizerTest {
  private static final int SIZE = 12;
  private static final int STEPS = 20;

  // Parameters of at most 2 in float32, each step's update rounded a few times.
  private static final double FLOAT = STEPS * 4 * 2 * 0x1p-24;

  private final double[] expected = new double[SIZE];
  private Tensor parameter;

  @BeforeEach
  void begin() {
    TorchRuntime.load();
    float[] start = Tensors.random(SIZE, 1);
    for (int i = 0; i < SIZE; i++) {
      expected[i] = start[i];
    }
    TensorScope.run(
        () -> parameter = TensorScope.keep(TensorBridge.floats(start, 3, 4).requires_grad_(true)));
  }

  @AfterEach
  void end() {
    TensorScope.free(parameter);
  }

  @Test
  void adamFollowsItsRule() {
    adamFollowsItsRule(new OptimizerSpec.Adam(0.01, 0.9, 0.999, 1e-8, 0));
  }

  @Test
  void adamAddsItsWeightDecayToTheGradient() {
    adamFollowsItsRule(new OptimizerSpec.Adam(0.02, 0.8, 0.95, 1e-3, 0.1));
  }

  @Test
  void adamWShrinksParametersApartFromTheGradient() {
    OptimizerSpec.Adam rule = new OptimizerSpec.Adam(0.02, 0.8, 0.95, 1e-3, 0.1);
    adamFollowsItsRule(new OptimizerSpec.AdamW(rule), rule, true);
  }

  private void adamFollowsItsRule(OptimizerSpec.Adam adam) {
    adamFollowsItsRule(adam, adam, false);
  }

  private void adamFollowsItsRule(OptimizerSpec spec, OptimizerSpec.Adam adam, boolean decoupled) {
    double[] m = new double[SIZE];
    double[] v = new double[SIZE];
    try (WeightOptimizer optimizer = new WeightOptimizer(spec, List.of(parameter))) {
      for (int t = 1; t <= STEPS; t++) {
        float[] gradient = step(optimizer, t);
        for (int i = 0; i < SIZE; i++) {
          double decay = adam.weightDecay() * expected[i];
          double g = decoupled ? gradient[i] : gradient[i] + decay;
          expected[i] -= decoupled ? adam.learningRate() * decay : 0;
          m[i] = adam.beta1() * m[i] + (1 - adam.beta1()) * g;
          v[i] = adam.beta2() * v[i] + (1 - adam.beta2()) * g * g;
          double first = m[i] / (1 - Math.pow(adam.beta1(), t));
          double second = v[i] / (1 - Math.pow(adam.beta2(), t));
          expected[i] -= adam.learningRate() * first / (Math.sqrt(second) + adam.epsilon());
        }
        assertArrayEquals(expected, TensorBridge.toDoubles(parameter), FLOAT, "step " + t);
      }
    }
  }

  @Test
  void gradientDescentFollowsItsRule() {
    gradientDescentFollowsItsRule(new OptimizerSpec.Sgd(0.05, 0, 0));
  }

  @Test
  void gradientDescentWithMomentumAndWeightDecayFollowsItsRule() {
    gradientDescentFollowsItsRule(new OptimizerSpec.Sgd(0.05, 0.9, 0.1));
  }

  private void gradientDescentFollowsItsRule(OptimizerSpec.Sgd sgd) {
    double[] buffer = new double[SIZE];
    try (WeightOptimizer optimizer = new WeightOptimizer(sgd, List.of(parameter))) {
      for (int t = 1; t <= STEPS; t++) {
        float[] gradient = step(optimizer, t);
        for (int i = 0; i < SIZE; i++) {
          double g = gradient[i] + sgd.weightDecay() * expected[i];
          buffer[i] = t == 1 ? g : sgd.momentum() * buffer[i] + g;
          expected[i] -= sgd.learningRate() * buffer[i];
        }
        assertArrayEquals(expected, TensorBridge.toDoubles(parameter), FLOAT, "step " + t);
      }
    }
  }

  @Test
  void aNewLearningRateCountsFromTheNextStepOn() {
    try (WeightOptimizer optimizer =
        new WeightOptimizer(new OptimizerSpec.Sgd(0.5, 0, 0), List.of(parameter))) {
      optimizer.setLearningRate(0.25);
      float[] gradient = step(optimizer, 1);
      for (int i = 0; i < SIZE; i++) {
        expected[i] -= 0.25 * gradient[i];
      }
      assertArrayEquals(expected, TensorBridge.toDoubles(parameter), FLOAT);
    }
  }

  @Test
  void aParameterWithoutAGradientStaysAsItIs() {
    try (WeightOptimizer optimizer =
        new WeightOptimizer(
            new OptimizerSpec.Adam(0.1, 0.9, 0.999, 1e-8, 0.1), List.of(parameter))) {
      step(optimizer, 1);
      byte[] bits = TensorBridge.rawBytes(parameter);
      optimizer.zeroGradients();
      optimizer.step();
      assertArrayEquals(bits, TensorBridge.rawBytes(parameter));
    }
  }

  @Test
  void itsStateIsFreedWithIt() {
    long before = TensorScope.liveObjects();
    WeightOptimizer optimizer =
        new WeightOptimizer(OptimizerSpec.Adam.withLearningRate(0.1), List.of(parameter));
    step(optimizer, 1);
    long during = TensorScope.liveObjects();
    for (int t = 2; t < 10; t++) {
      step(optimizer, t);
      assertNoneLeft(during);
    }
    optimizer.close();
    TensorScope.run(() -> parameter.mutable_grad().reset());
    assertNoneLeft(before);
  }

  private float[] step(WeightOptimizer optimizer, int number) {
    float[] gradient = Tensors.random(SIZE, 100 + number);
    TensorScope.run(() -> parameter.mutable_grad().put(TensorBridge.floats(gradient, 3, 4)));
    optimizer.step();
    return gradient;
  }
}
