package dev.collapsar.learn.feedback;

import static dev.collapsar.learn.tensor.NativeObjects.assertNoneLeft;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.batch.ArraySamples;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.feedback.LayerFeedback.Transport;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Tensors;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.architecture.ResidualMlp;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.Backpropagation;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Updates of every rule against definitions, by hand, by differences, and against the truth. */
class LearningRulesTest {
  private static final float ROUNDING = 1e-6f; // of sums of some ten products of size 1
  private static final double DIFFERENCES = 2e-2; // relative; the objective is single precision

  @Test
  void directFeedbackOfOneSampleIsWhatOneComputesByHand() {
    try (Network network = LayerNetwork.initialized(new Mlp(List.of(2, 3, 2)), new Seed(0));
        FeedbackMatrices feedback =
            FeedbackMatrices.stored(
                List.of(StoredTensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2)),
                Pairing.Rule.OWN.of(1),
                List.of(3L),
                2,
                "by hand")) {
      Tensors.set(
          network.weights().parameters().get("linear1.weight"), new float[] {1, 0, 0, -1, 1, 1});
      Tensors.set(network.weights().parameters().get("linear1.bias"), new float[] {0, 0, 0});
      Tensors.set(
          network.weights().parameters().get("linear2.weight"), new float[] {0, 0, 0, 0, 0, 0});
      Tensors.set(network.weights().parameters().get("linear2.bias"), new float[] {0, 0});
      // x = (1, 2): h = relu(1, -2, 3) = (1, 0, 3); logits 0; e = (1/2, 1/2) - (0, 1).
      // B e = (1*.5 - 2*.5, 3*.5 - 4*.5, 5*.5 - 6*.5) = (-.5, -.5, -.5); relu' = (1, 0, 1).
      Map<String, float[]> found =
          TensorScope.within(
              () ->
                  SmallCases.gradients(
                      network,
                      new DirectFeedback(feedback),
                      TensorBridge.floats(new float[] {1, 2}, 1, 2),
                      TensorBridge.indices(new int[] {1}, 1)));
      assertArrayEquals(
          new float[] {-.5f, -1, 0, 0, -.5f, -1}, found.get("linear1.weight"), ROUNDING);
      assertArrayEquals(new float[] {-.5f, 0, -.5f}, found.get("linear1.bias"), ROUNDING);
      assertArrayEquals(
          new float[] {.5f, 0, 1.5f, -.5f, 0, -1.5f}, found.get("linear2.weight"), ROUNDING);
      assertArrayEquals(new float[] {.5f, -.5f}, found.get("linear2.bias"), ROUNDING);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3})
  void everyBlocksUpdateIsTheSlopeOfItsOwnObjective(double lambda) {
    slopes(new ResidualMlp(12, 8, 3, 2), 12, Pairing.Rule.BLOCK_OUTPUT, lambda);
    slopes(new SmallCnn(1, 8, 3), 64, Pairing.Rule.OWN, lambda);
  }

  /** d/d theta of sum_n a_n . h_n / N + lambda mean ||h||^2, theta of the part that ends in h. */
  private static void slopes(NetworkSpec spec, int width, Pairing.Rule rule, double lambda) {
    OrderedBatches pass = SmallCases.pass(3, width, 3, 1);
    try (Network network = LayerNetwork.initialized(spec, SmallCases.SEED)) {
      OrderedBatches shaped = spec instanceof SmallCnn ? images(pass) : pass;
      List<Long> widths = FeedbackMatrices.widths(network, shaped);
      try (FeedbackMatrices feedback =
          FeedbackMatrices.gaussian(widths, 3, rule.of(widths.size()), SmallCases.SEED)) {
        TensorScope.run(
            () -> {
              Tensor inputs = shaped.input(0).only();
              Tensor labels = shaped.labelTensor(0);
              DirectFeedback direct = new DirectFeedback(feedback, lambda, 0);
              Map<String, float[]> found = SmallCases.gradients(network, direct, inputs, labels);
              Tensor error =
                  ErrorSignal.of(network.forward(inputs), labels).error().to(ScalarType.Double);
              List<String> hidden = spec.hidden();
              assertEquals(network.weights().trainable().keySet(), found.keySet());
              int blocks = 0;
              for (int l = 0; l < hidden.size(); l++) {
                int state = l;
                for (String name : parametersOf(hidden, l, found.keySet())) {
                  blocks++;
                  ToDoubleFunction<Tensor> objective =
                      h -> {
                        Tensor flat = h.flatten(1, -1).to(ScalarType.Double);
                        Tensor a = error.mm(feedback.of(state).to(ScalarType.Double).t());
                        return (a.mul(flat).sum().item_double()
                                + lambda * flat.mul(flat).sum().item_double())
                            / 3;
                      };
                  assertSlope(
                      network,
                      name,
                      found.get(name),
                      () -> objective.applyAsDouble(states(network, inputs).get(state)));
                }
              }
              assertTrue(blocks >= 6, "parameters of hidden parts: " + blocks);
            });
      }
    }
  }

  @Test
  void theAlignmentBonusIsTheSlopeOfTheMeanCosine() {
    NetworkSpec spec = new ResidualMlp(6, 8, 3, 2);
    OrderedBatches pass = SmallCases.pass(3, 6, 3, 1);
    double beta = 0.7;
    try (Network network = LayerNetwork.initialized(spec, SmallCases.SEED);
        FeedbackMatrices feedback =
            FeedbackMatrices.gaussian(
                List.of(8L, 8L, 8L), 3, Pairing.Rule.OWN.of(3), SmallCases.SEED)) {
      TensorScope.run(
          () -> {
            Tensor inputs = pass.input(0).only();
            Tensor labels = pass.labelTensor(0);
            Map<String, float[]> without =
                SmallCases.gradients(network, new DirectFeedback(feedback), inputs, labels);
            Map<String, float[]> with =
                SmallCases.gradients(
                    network, new DirectFeedback(feedback, 0, beta), inputs, labels);
            Tensor fixed = ErrorSignal.of(network.forward(inputs), labels).error();
            for (String name : List.of("embed.weight", "blocks.1.3.weight", "out_head.weight")) {
              float[] bonus = with.get(name).clone();
              for (int i = 0; i < bonus.length; i++) {
                bonus[i] -= without.get(name)[i];
              }
              assertSlope(
                  network,
                  name,
                  bonus,
                  () -> -beta * meanCosine(network, inputs, labels, feedback, fixed));
            }
          });
    }
  }

  private static double meanCosine(
      Network network, Tensor inputs, Tensor labels, FeedbackMatrices feedback, Tensor error) {
    Signals.Evaluated at = Signals.Evaluated.of(network, Input.of(inputs), labels);
    TensorVector gradients = at.pullBack(at.error().error());
    double sum = 0;
    for (int l = 0; l < gradients.size(); l++) {
      Tensor g = gradients.get(l).to(ScalarType.Double);
      Tensor a = error.mm(feedback.of(l).t()).to(ScalarType.Double);
      Tensor lengths = ErrorSignal.lengths(a).mul(ErrorSignal.lengths(g)).view(-1);
      sum += a.mul(g).sum(1).div(lengths).mean().item_double();
    }
    return sum / gradients.size();
  }

  /** A copy that the rule owns. */
  private static Tensor kept(Tensor tensor) {
    return TensorScope.within(() -> TensorScope.keep(tensor.detach().clone()));
  }

  /** The parameters between hidden state l-1 and l. */
  private static List<String> parametersOf(List<String> hidden, int l, Set<String> names) {
    return names.stream()
        .filter(
            name ->
                switch (hidden.get(l)) {
                  case "features.2" -> name.startsWith("features.0");
                  case "features.5" -> name.startsWith("features.3");
                  case "classifier.2" -> name.startsWith("classifier.1");
                  default -> name.startsWith(hidden.get(l));
                })
        .toList();
  }

  private static OrderedBatches images(OrderedBatches flat) {
    ArraySamples rows = (ArraySamples) flat.samples();
    ArraySamples shaped =
        new ArraySamples(
            rows.name(),
            rows.values(),
            new InputSpec.Array(List.of(1L, 8L, 8L)),
            rows.labels(),
            rows.classes());
    return new OrderedBatches(shaped, flat.batchSize(), flat.order(), flat.seed());
  }

  private static List<Tensor> states(Network network, Tensor inputs) {
    List<Tensor> states = new ArrayList<>();
    network.forward(
        Input.of(inputs), FeedbackMatrices.taps(network), (tap, h) -> states.add(h.detach()));
    return states;
  }

  /**
   * The change over a small step along the gradient, small enough that no ReLU turns, is its
   * square.
   */
  private static void assertSlope(
      Network network, String name, float[] gradient, java.util.function.DoubleSupplier objective) {
    Tensor parameter = network.weights().parameters().get(name);
    float[] before = TensorBridge.toFloats(parameter);
    double squares = 0;
    for (float g : gradient) {
      squares += (double) g * g;
    }
    double step = 3e-4 / Math.sqrt(squares);
    double[] values = new double[2];
    for (int side = 0; side < 2; side++) {
      float[] moved = before.clone();
      for (int i = 0; i < moved.length; i++) {
        moved[i] += (float) ((2 * side - 1) * step * gradient[i]);
      }
      Tensors.set(parameter, moved);
      values[side] = objective.getAsDouble();
    }
    Tensors.set(parameter, before);
    assertEquals(
        squares, (values[1] - values[0]) / (2 * step), DIFFERENCES * squares, "slope by " + name);
  }

  @Test
  void withTheTrueTransportDirectFeedbackIsBackpropagation() {
    assertAgreesWithTruth(SmallCases.LINEAR, new long[] {3, 6});
    assertAgreesWithTruth(SmallCases.LINEAR_CNN, new long[] {3, 2, 4, 4});
  }

  private static void assertAgreesWithTruth(NetworkSpec spec, long[] shape) {
    try (Network network = LayerNetwork.initialized(spec, SmallCases.SEED)) {
      TensorScope.run(
          () -> {
            int count = (int) java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b);
            Tensor inputs = TensorBridge.floats(Tensors.random(count, 3), shape);
            Tensor labels = TensorBridge.indices(new int[] {0, 2, 1}, 3);
            try (FeedbackMatrices transport = SmallCases.trueTransport(network, inputs, 3)) {
              assertSame(
                  SmallCases.gradients(network, new Backpropagation(), inputs, labels),
                  SmallCases.gradients(network, new DirectFeedback(transport), inputs, labels));
            }
          });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"feedback alignment", "uniform signs"})
  void withTheWeightsThemselvesLayerFeedbackIsBackpropagation(String rule) {
    try (Network network = LayerNetwork.initialized(new SmallCnn(1, 8, 3), SmallCases.SEED)) {
      if (rule.equals("uniform signs")) {
        network
            .weights()
            .sites()
            .values()
            .forEach(
                layer ->
                    TensorScope.runWithoutGradients(
                        () -> {
                          Tensor w = layer.weight().original();
                          double s =
                              Math.sqrt(2.0 / (w.numel() / w.size(0) + w.numel() / w.size(1)));
                          w.copy_(w.sign().mul(TensorBridge.scalar(s)));
                        }));
      }
      Map<String, Tensor> weights = new LinkedHashMap<>();
      network
          .weights()
          .sites()
          .forEach((name, l) -> weights.put(name, kept(l.weight().original())));
      try (LayerFeedback feedback =
          rule.equals("uniform signs")
              ? LayerFeedback.of(Transport.SIGN_UNIFORM, network, SmallCases.SEED)
              : new LayerFeedback(Transport.RANDOM, weights, SmallCases.SEED)) {
        TensorScope.run(
            () -> {
              Tensor inputs = TensorBridge.floats(Tensors.random(4 * 64, 3), 4, 1, 8, 8);
              Tensor labels = TensorBridge.indices(new int[] {0, 2, 1, 1}, 4);
              assertSame(
                  SmallCases.gradients(network, new Backpropagation(), inputs, labels),
                  SmallCases.gradients(network, feedback, inputs, labels));
            });
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void feedbackWeightsAreWhatTheTransportSays(Transport transport) {
    try (Network network = LayerNetwork.initialized(SmallCases.LINEAR_CNN, SmallCases.SEED);
        LayerFeedback rule = LayerFeedback.of(transport, network, SmallCases.SEED)) {
      TensorScope.run(
          () -> {
            Tensor weight = network.weights().sites().get("1").weight().original(); // (2,3,3,3)
            float[] w = TensorBridge.toFloats(weight);
            float[] first =
                TensorBridge.toFloats(rule.feedback("1", network.weights().sites().get("1")));
            float[] again =
                TensorBridge.toFloats(rule.feedback("1", network.weights().sites().get("1")));
            assertArrayEquals(first, again, "the same weights");
            w[0] *= 1.01f;
            Tensors.set(weight, w);
            float[] second =
                TensorBridge.toFloats(rule.feedback("1", network.weights().sites().get("1")));
            double s = Math.sqrt(2.0 / (27 + 18)); // fan in 3*3*3, fan out 2*3*3
            double squares = 0;
            int concordant = 0;
            for (int i = 0; i < w.length; i++) {
              concordant += Math.signum(w[i]) == Math.signum(first[i]) ? 1 : 0;
              squares += (double) first[i] * first[i];
            }
            if (transport == Transport.RANDOM) {
              assertTrue(concordant < w.length, "random feedback has its own signs");
            } else {
              assertEquals(w.length, concordant);
              // s exactly, or 54 squares of N(0, s^2): their mean within 4 of its deviations.
              double spread = transport == Transport.SIGN_UNIFORM ? 1e-6 : 4 * Math.sqrt(2.0 / 54);
              assertEquals(1, squares / w.length / (s * s), spread);
            }
            if (transport == Transport.SIGN_BATCH) {
              assertNotEquals(first[0], second[0]);
            } else {
              assertArrayEquals(first, second);
            }
          });
    }
  }

  @Test
  void shallowLearningMovesTheHeadAloneAndAsTheGradientDoes() {
    try (Network network = LayerNetwork.initialized(new ResidualMlp(6, 8, 3, 1), SmallCases.SEED)) {
      TensorScope.run(
          () -> {
            Tensor inputs = TensorBridge.floats(Tensors.random(18, 3), 3, 6);
            Tensor labels = TensorBridge.indices(new int[] {0, 2, 1}, 3);
            Map<String, float[]> found =
                SmallCases.gradients(network, new ShallowLearning(), inputs, labels);
            assertEquals(Set.of("out_head.weight", "out_head.bias"), found.keySet());
            Map<String, float[]> truth =
                SmallCases.gradients(network, new Backpropagation(), inputs, labels);
            truth.keySet().retainAll(found.keySet());
            assertSame(truth, found);
          });
    }
  }

  @Test
  void everyRuleSaysTheSameOfTheBatchAndLeavesNoNativeMemory() {
    NetworkSpec spec = new ResidualMlp(6, 8, 3, 2);
    OrderedBatches pass = SmallCases.pass(6, 6, 3, 1);
    try (Network network = LayerNetwork.initialized(spec, SmallCases.SEED);
        FeedbackMatrices feedback =
            FeedbackMatrices.gaussian(
                List.of(8L, 8L, 8L), 3, Pairing.Rule.BLOCK_OUTPUT.of(3), SmallCases.SEED);
        LayerFeedback layers = LayerFeedback.of(Transport.SIGN_BATCH, network, SmallCases.SEED)) {
      GradientRule.Step truth = step(network, new Backpropagation(), pass);
      for (GradientRule rule :
          List.of(
              new DirectFeedback(feedback),
              new DirectFeedback(feedback, 0.1, 0.1),
              layers,
              new ShallowLearning())) {
        assertEquals(truth, step(network, rule, pass), rule.toString());
        try (Trainer trainer =
            new Trainer(
                network, TrainingSpec.of(OptimizerSpec.Adam.withLearningRate(0)).withRule(rule))) {
          trainer.epoch(1, pass, (count, loss) -> {});
          long live = TensorScope.liveObjects();
          for (int e = 2; e < 7; e++) {
            trainer.epoch(e, pass, (count, loss) -> {});
          }
          assertNoneLeft(live, rule.toString());
        }
      }
    }
  }

  private static GradientRule.Step step(Network network, GradientRule rule, OrderedBatches pass) {
    return TensorScope.within(() -> rule.gradients(network, pass.input(0), pass.labelTensor(0)));
  }

  private static void assertSame(Map<String, float[]> expected, Map<String, float[]> found) {
    assertEquals(new TreeSet<>(expected.keySet()), new TreeSet<>(found.keySet()));
    expected.forEach((name, values) -> assertArrayEquals(values, found.get(name), ROUNDING, name));
  }
}
