package dev.collapsar.learn.feedback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Tensors;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.architecture.ResidualMlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.metric.Measurement;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The probe against its definitions in plain double arithmetic, its limits, and its laws. */
class AlignmentTest {
  private static final int SAMPLES = 7;
  private static final int WIDTH = 4;
  private static final int CLASSES = 3;
  // Single precision products of some five terms of size 1, as cosines and relative lengths.
  private static final double ROUNDING = 2e-6;
  private static final NetworkSpec SPEC = new Mlp(List.of(2, WIDTH, CLASSES));

  @Test
  void everyNumberIsItsDefinitionOverTheSamples() {
    OrderedBatches pass = SmallCases.pass(SAMPLES, 2, CLASSES, 5);
    float[] b = Tensors.random(WIDTH * CLASSES, 6);
    try (Network network = LayerNetwork.initialized(SPEC, SmallCases.SEED);
        FeedbackMatrices feedback = matrices(b)) {
      List<Measurement> found = Signals.alignment(network, pass, feedback, () -> {}).measurements();
      float[] w = TensorBridge.toFloats(network.head().weight().original()); // (K,D)
      double cosine = 0;
      double signalSquares = 0;
      double gradientSquares = 0;
      double gradient = 0;
      double activation = 0;
      int equal = 0;
      int signs = 0;
      for (int n = 0; n < SAMPLES; n++) {
        double[] h = hidden(network, pass, n);
        double[] e = error(network, pass, n);
        double[] a = new double[WIDTH];
        double[] g = new double[WIDTH];
        for (int d = 0; d < WIDTH; d++) {
          for (int k = 0; k < CLASSES; k++) {
            a[d] += b[d * CLASSES + k] * e[k];
            g[d] += w[k * WIDTH + d] * e[k];
          }
          equal += a[d] * g[d] > 0 ? 1 : 0;
          signs += a[d] * g[d] != 0 ? 1 : 0;
        }
        cosine += dot(a, g) / Math.sqrt(dot(a, a) * dot(g, g));
        signalSquares += dot(a, a);
        gradientSquares += dot(g, g);
        gradient += Math.sqrt(dot(g, g));
        activation += Math.sqrt(dot(h, h));
      }
      Map<String, Double> expected =
          Map.of(
              "feedback_cos_l0", cosine / SAMPLES,
              "feedback_norm_ratio_l0", Math.sqrt(signalSquares / gradientSquares),
              "feedback_sign_l0", (double) equal / signs,
              "gradient_norm_l0", gradient / SAMPLES,
              "activation_norm_l0", activation / SAMPLES);
      expected.forEach(
          (id, value) ->
              assertEquals(value, SmallCases.value(found, id), ROUNDING * (1 + value), id));
      Measurement deep =
          found.stream().filter(m -> m.id().equals("feedback_cos_deep")).findFirst().get();
      assertEquals(
          "the network has no hidden state after h_0",
          assertInstanceOf(Measurement.Undefined.class, deep).reason());
    }
  }

  @Test
  void errorsOfTwoClassesHaveRankOne() {
    NetworkSpec two = new Mlp(List.of(2, WIDTH, 2));
    OrderedBatches pass = SmallCases.pass(SAMPLES, 2, 2, 5);
    try (Network network = LayerNetwork.initialized(two, SmallCases.SEED);
        FeedbackMatrices feedback =
            FeedbackMatrices.gaussian(
                List.of((long) WIDTH), 2, Pairing.Rule.OWN.of(1), SmallCases.SEED)) {
      List<Measurement> found = Signals.alignment(network, pass, feedback, () -> {}).measurements();
      assertEquals(1, SmallCases.value(found, "error_rank"), 1e-12);
    }
  }

  /** An epsilon of 1e-8 beside the lengths would crush these. */
  @ParameterizedTest
  @ValueSource(floats = {1e-6f, 1e-12f, 1e-24f})
  void aCosineDoesNotDependOnHowSmallTheGradientIs(float scale) {
    OrderedBatches pass = SmallCases.pass(SAMPLES, 2, CLASSES, 5);
    try (Network network = LayerNetwork.initialized(SPEC, SmallCases.SEED);
        FeedbackMatrices feedback = matrices(Tensors.random(WIDTH * CLASSES, 6))) {
      float[] w = TensorBridge.toFloats(network.head().weight().original());
      // Unequal class probabilities come from the bias; what scales is the gradient alone.
      Tensors.set(network.head().weight().original(), scaled(w, 1e-6f));
      double plain = cosine(network, pass, feedback);
      Tensors.set(network.head().weight().original(), scaled(w, scale));
      assertEquals(plain, cosine(network, pass, feedback), ROUNDING);
      assertTrue(Math.abs(plain) > 0.01, "nothing to compare: " + plain);
    }
  }

  @Test
  void aSampleThatIsAllButCertainKeepsItsDirection() {
    ErrorSignal[] found = new ErrorSignal[1];
    TensorScope.run(
        () -> {
          found[0] =
              ErrorSignal.of(
                  TensorBridge.floats(new float[] {200, 0, 0.6931472f}, 1, 3),
                  TensorBridge.indices(new int[] {0}, 1));
          float[] direction = TensorBridge.toFloats(found[0].direction());
          double length = TensorBridge.toDoubles(found[0].length())[0];
          // e = exp(-200) (-3, 1, 2): in single precision all of it is 0.
          double root = Math.sqrt(14);
          assertEquals(-3 / root, direction[0], ROUNDING);
          assertEquals(1 / root, direction[1], ROUNDING);
          assertEquals(2 / root, direction[2], ROUNDING);
          assertEquals(root * Math.exp(-200), length, 1e-6 * length);
        });
  }

  @Test
  void aGradientThatIsExactlyZeroIsUndefinedWithItsReason() {
    NetworkSpec spec = new ResidualMlp(2, 4, CLASSES, 2);
    OrderedBatches pass = SmallCases.pass(SAMPLES, 2, CLASSES, 5);
    Pairing pairing = Pairing.Rule.OWN.of(3);
    try (Network network = LayerNetwork.initialized(spec, SmallCases.SEED);
        FeedbackMatrices feedback =
            FeedbackMatrices.gaussian(List.of(4L, 4L, 4L), CLASSES, pairing, SmallCases.SEED)) {
      Tensors.set(network.head().weight().original(), new float[4 * CLASSES]);
      try (Signals signals = Signals.of(network, pass, () -> {})) {
        AlignmentSums sums = signals.alignment(feedback);
        for (int l = 0; l < 3; l++) {
          assertEquals(
              "the gradient by hidden state %s is exactly zero in all 7 samples".formatted(l),
              assertInstanceOf(Measurement.Undefined.class, sums.cosine(l)).reason());
        }
        assertInstanceOf(Measurement.Undefined.class, sums.deepCosine());
        FeedbackNulls nulls = new FeedbackNulls(signals, pairing, 3, () -> {});
        for (NullDraws draws :
            List.of(
                nulls.fresh(),
                nulls.rotated(feedback, SmallCases.SEED),
                nulls.errorShuffled(feedback, SmallCases.SEED),
                nulls.labelsPermuted(network, pass, feedback, SmallCases.SEED),
                nulls.matricesPermuted(feedback, SmallCases.SEED))) {
          for (Measurement m : draws.measurements(sums)) {
            assertNotNull(assertInstanceOf(Measurement.Undefined.class, m, m.id()).reason());
          }
        }
        assertInstanceOf(Measurement.Undefined.class, sums.analyticStds(pairing).get(0));
      }
    }
  }

  @Test
  void frozenParametersDoNotHideTheGradient() {
    OrderedBatches pass = SmallCases.pass(SAMPLES, 2, CLASSES, 5);
    try (Network network = LayerNetwork.initialized(SPEC, SmallCases.SEED);
        FeedbackMatrices feedback = matrices(Tensors.random(WIDTH * CLASSES, 6))) {
      double trainable = cosine(network, pass, feedback);
      network.weights().setTrainable(false);
      assertEquals(trainable, cosine(network, pass, feedback));
    }
  }

  @Property(tries = 20)
  void anySplitAndOrderOfTheBatchesAgree(
      @ForAll @IntRange(min = 1, max = 30) int samples, @ForAll @IntRange(max = 1000) int choice) {
    OrderedBatches pass = SmallCases.pass(samples, 2, CLASSES, choice);
    try (Network network = LayerNetwork.initialized(SPEC, SmallCases.SEED);
        FeedbackMatrices feedback = matrices(Tensors.random(WIDTH * CLASSES, 6));
        Signals signals = Signals.of(network, pass, () -> {});
        AlignmentAccumulator first = accumulator(feedback);
        AlignmentAccumulator second = accumulator(feedback)) {
      AlignmentSums whole = signals.alignment(feedback);
      for (int i = signals.batches().size() - 1; i >= 0; i--) {
        ((choice >> i) % 2 == 0 ? first : second).add(signals.batches().get(i));
      }
      AlignmentSums part = second.snapshot();
      List<Measurement> before = part.measurements();
      first.merge(part);
      first.merge(accumulator(feedback).snapshot());
      assertEquals(before, part.measurements());
      List<Measurement> expected = whole.measurements();
      List<Measurement> found = first.snapshot().measurements();
      for (int i = 0; i < expected.size(); i++) {
        if (expected.get(i) instanceof Measurement.Defined defined) {
          double value = ((Measurement.Defined) found.get(i)).value();
          assertEquals(defined.value(), value, 1e-9 * (1 + Math.abs(value)), defined.id());
        } else {
          assertEquals(expected.get(i), found.get(i));
        }
      }
    }
  }

  @Test
  void sumsOfAnotherShapeAreRefused() {
    AlignmentSums narrow = AlignmentSums.none(List.of(3L), CLASSES);
    AlignmentSums wide = AlignmentSums.none(List.of(4L), CLASSES);
    assertThrows(IllegalArgumentException.class, () -> narrow.plus(wide));
  }

  private static AlignmentAccumulator accumulator(FeedbackMatrices feedback) {
    return new AlignmentAccumulator(feedback, List.of((long) WIDTH), CLASSES);
  }

  private static FeedbackMatrices matrices(float[] b) {
    return FeedbackMatrices.stored(
        List.of(StoredTensor.of(b, WIDTH, CLASSES)),
        Pairing.Rule.OWN.of(1),
        List.of((long) WIDTH),
        CLASSES,
        "test");
  }

  private static double cosine(Network network, OrderedBatches pass, FeedbackMatrices feedback) {
    AlignmentSums sums = Signals.alignment(network, pass, feedback, () -> {});
    return ((Measurement.Defined) sums.cosine(0)).value();
  }

  private static float[] scaled(float[] values, float factor) {
    float[] scaled = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      scaled[i] = values[i] * factor;
    }
    return scaled;
  }

  private static double[] hidden(Network network, OrderedBatches pass, int sample) {
    double[] all = new double[WIDTH];
    TensorScope.runWithoutGradients(
        () ->
            network.forward(
                Input.of(pass.input(sample / 3).only().narrow(0, sample % 3, 1)),
                FeedbackMatrices.taps(network),
                (tap, h) -> System.arraycopy(TensorBridge.toDoubles(h), 0, all, 0, WIDTH)));
    return all;
  }

  private static double[] error(Network network, OrderedBatches pass, int sample) {
    double[] e =
        TensorScope.withinWithoutGradients(
            () ->
                TensorBridge.toDoubles(
                    network.forward(pass.input(sample / 3).only().narrow(0, sample % 3, 1))));
    double sum = 0;
    for (int k = 0; k < e.length; k++) {
      e[k] = Math.exp(e[k]);
      sum += e[k];
    }
    for (int k = 0; k < e.length; k++) {
      e[k] /= sum;
    }
    e[pass.samples().labels()[sample]] -= 1;
    return e;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
