package dev.collapsar.learn.feedback;

import static dev.collapsar.learn.tensor.NativeObjects.assertNoneLeft;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.calibration.Calibration;
import dev.collapsar.calibration.NullSample;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Tensors;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.architecture.ResidualMlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.metric.Measurement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every null, draw by draw, against signals that were really formed. */
class FeedbackNullsTest {
  private static final int CLASSES = 3;
  private static final double ROUNDING = 2e-6; // cosines in single precision
  private static final NetworkSpec RESIDUAL = new ResidualMlp(6, 16, CLASSES, 3);

  private final List<AutoCloseable> open = new ArrayList<>();
  private Network network;
  private OrderedBatches pass;
  private List<Long> widths;
  private Pairing pairing;
  private FeedbackMatrices feedback;
  private Signals signals;

  private void prepare(NetworkSpec spec, int samples, Pairing.Rule rule) {
    network = opened(LayerNetwork.initialized(spec, SmallCases.SEED));
    pass = SmallCases.pass(samples, 6, CLASSES, 5);
    widths = FeedbackMatrices.widths(network, pass);
    pairing = rule.of(widths.size());
    feedback = opened(FeedbackMatrices.gaussian(widths, CLASSES, pairing, SmallCases.SEED));
    signals = opened(Signals.of(network, pass, () -> {}));
  }

  private <T extends AutoCloseable> T opened(T resource) {
    open.add(resource);
    return resource;
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : open) {
      resource.close();
    }
  }

  private FeedbackNulls nulls(int draws) {
    return new FeedbackNulls(signals, pairing, draws, () -> {});
  }

  @Test
  void freshDrawsAreTheCosinesOfMatricesFromPyTorchsGenerator() {
    prepare(new Mlp(List.of(6, 5, 7, CLASSES)), 11, Pairing.Rule.OWN);
    NullDraws fresh = nulls(3).fresh();
    for (int k = 0; k < 3; k++) {
      List<StoredTensor> matrices = new ArrayList<>();
      long seed = 10_000 + k;
      TensorScope.run(
          () -> {
            GeneratorOptional generator = FeedbackMatrices.generator(seed);
            for (long width : widths) {
              Tensor b = randn(new long[] {width, CLASSES}, generator);
              matrices.add(TensorBridge.stored(b));
            }
          });
      assertArrayEquals(cosinesWith(matrices, pairing), fresh.cosines().get(k), ROUNDING);
    }
  }

  private double[] cosinesWith(List<StoredTensor> matrices, Pairing used) {
    try (FeedbackMatrices formed =
        FeedbackMatrices.stored(matrices, used, widths, CLASSES, "test")) {
      return cosines(signals.alignment(formed));
    }
  }

  private static double[] cosines(AlignmentSums sums) {
    return IntStream.range(0, sums.layers().size())
        .mapToDouble(l -> ((Measurement.Defined) sums.cosine(l)).value())
        .toArray();
  }

  @Test
  void theAnalyticDeviationsAreThoseOfManyFreshDraws() {
    prepare(new ResidualMlp(6, 64, CLASSES, 3), 40, Pairing.Rule.BLOCK_OUTPUT);
    NullDraws fresh = nulls(1000).fresh();
    AlignmentSums sums = signals.alignment(feedback);
    // The deviation of a deviation over m draws is 1/sqrt(2m) of it, 2.2%; lengths ||B e|| vary by
    // 1/sqrt(2D) = 9%, which the first order leaves out: its square counts.
    double tolerance = 4 * 0.022 + 0.02;
    for (int l = 0; l < widths.size(); l++) {
      double empirical = fresh.layer(l).orElseThrow().sampleStd();
      assertEquals(1, sums.analyticStd(l) / empirical, tolerance, "layer " + l);
    }
    NullSample deep = fresh.deep().orElseThrow();
    assertEquals(1, sums.analyticDeepStd(pairing) / deep.sampleStd(), tolerance);
    assertEquals(0, deep.mean(), 4 * deep.sampleStd() / Math.sqrt(1000));
  }

  @Test
  void statesThatShareAMatrixShareItsDraws() {
    prepare(RESIDUAL, 9, Pairing.Rule.SHARED);
    assertEquals(1, pairing.count());
    double[] shared = nulls(2).fresh().cosines().get(0);
    StoredTensor first =
        TensorScope.within(
            () ->
                TensorBridge.stored(
                    randn(new long[] {16, CLASSES}, FeedbackMatrices.generator(10_000))));
    assertArrayEquals(cosinesWith(List.of(first), pairing), shared, ROUNDING);
  }

  @Test
  void rotatedMatricesKeepTheirGramAndNothingElse() {
    prepare(RESIDUAL, 9, Pairing.Rule.OWN);
    TensorScope.run(
        () -> {
          Tensor b = feedback.matrix(1); // (D,K)
          Tensor rotated = FeedbackMatrices.rotated(b, 3).to(b.scalar_type());
          assertArrayEquals(
              TensorBridge.toFloats(b.t().mm(b)),
              TensorBridge.toFloats(rotated.t().mm(rotated)),
              1e-5f);
          double cosine =
              b.mul(rotated).sum().item_double() / b.norm().item_double() / b.norm().item_double();
          // N(0, 1/(D K)) for independent matrices
          assertTrue(Math.abs(cosine) < 4 / Math.sqrt(16 * CLASSES), "" + cosine);
        });
    // 16 dimensions, 9 samples: no deviation of a mean can exceed 1/sqrt(16).
    for (double[] draw : nulls(50).rotated(feedback, SmallCases.SEED).cosines()) {
      assertTrue(Arrays.stream(draw).allMatch(c -> Math.abs(c) <= 1));
    }
  }

  @Test
  void shuffledErrorsOfTwoSamplesStayOrChangePlaces() {
    prepare(RESIDUAL, 2, Pairing.Rule.OWN);
    double[] observed = cosines(signals.alignment(feedback));
    double[][] swapped = new double[1][];
    TensorScope.run(
        () -> {
          Tensor e = signals.batches().get(0).error(); // (2,K)
          swapped[0] =
              IntStream.range(0, widths.size())
                  .mapToDouble(
                      l -> {
                        Tensor a = e.flip(0).mm(feedback.of(l).t());
                        Tensor unit = ErrorSignal.unit(a, ErrorSignal.lengths(a));
                        Tensor g = signals.batches().get(0).gradients().get(l);
                        return unit.mul(g).sum().item_double() / 2;
                      })
                  .toArray();
        });
    int stayed = 0;
    for (double[] draw : nulls(20).errorShuffled(feedback, SmallCases.SEED).cosines()) {
      boolean same = Math.abs(draw[0] - observed[0]) < ROUNDING;
      stayed += same ? 1 : 0;
      assertArrayEquals(same ? observed : swapped[0], draw, ROUNDING);
    }
    assertTrue(stayed > 0 && stayed < 20, stayed + " of 20 in place");
  }

  @Test
  void shuffledErrorsOfManyBatchesStayOnesOwnWhereAllSamplesAreEqual() {
    prepare(RESIDUAL, 8, Pairing.Rule.OWN);
    double[] observed;
    float[] rows = new float[8 * 6];
    Arrays.fill(rows, 0.5f);
    OrderedBatches equal = SmallCases.pass(rows, new int[8], 6, CLASSES);
    try (Signals same = Signals.of(network, equal, () -> {})) {
      observed = cosines(same.alignment(feedback));
      for (double[] draw :
          new FeedbackNulls(same, pairing, 5, () -> {})
              .errorShuffled(feedback, SmallCases.SEED)
              .cosines()) {
        assertArrayEquals(observed, draw, ROUNDING);
      }
    }
  }

  @Test
  void theTableOfLabelsHoldsWhatWasObservedForTheTrueOnes() {
    prepare(RESIDUAL, 11, Pairing.Rule.OWN);
    LabelCosines table = LabelCosines.of(network, pass, feedback, () -> {});
    double[] observed = cosines(signals.alignment(feedback));
    assertArrayEquals(observed, table.means(pass.samples().labels()), ROUNDING);
    int[] others = Arrays.stream(pass.samples().labels()).map(y -> (y + 1) % CLASSES).toArray();
    OrderedBatches relabelled =
        new OrderedBatches(
            SmallCases.relabelled(pass, others), pass.batchSize(), pass.order(), pass.seed());
    assertArrayEquals(
        cosines(Signals.alignment(network, relabelled, feedback, () -> {})),
        table.means(others),
        ROUNDING);
    NullDraws drawn = nulls(4).labelsPermuted(network, pass, feedback, SmallCases.SEED);
    assertEquals(4, drawn.cosines().size());
    assertTrue(drawn.cosines().stream().noneMatch(draw -> Arrays.equals(draw, observed)));
  }

  @Test
  void permutedMatricesAreEveryOtherOrderOnce() {
    prepare(RESIDUAL, 9, Pairing.Rule.BLOCK_INPUT);
    assertEquals(3, pairing.count());
    Set<List<Long>> expected = new HashSet<>();
    List<StoredTensor> stored = feedback.toStored();
    for (int[] order : new int[][] {{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
      List<StoredTensor> placed = Arrays.stream(order).mapToObj(stored::get).toList();
      expected.add(rounded(cosinesWith(placed, pairing)));
    }
    Set<List<Long>> found = new HashSet<>();
    nulls(20)
        .matricesPermuted(feedback, SmallCases.SEED)
        .cosines()
        .forEach(draw -> found.add(rounded(draw)));
    assertEquals(expected, found);
    assertEquals(2, nulls(2).matricesPermuted(feedback, SmallCases.SEED).cosines().size());
  }

  private static List<Long> rounded(double[] cosines) {
    return Arrays.stream(cosines).mapToObj(c -> Math.round(c * 1e4)).toList();
  }

  @Test
  void matricesThatCannotChangePlacesSayWhy() {
    prepare(new Mlp(List.of(6, 5, 7, CLASSES)), 4, Pairing.Rule.OWN);
    NullDraws none = nulls(2).matricesPermuted(feedback, SmallCases.SEED);
    assertEquals("feedback matrices of different widths cannot change places", none.reason());
    Measurement first = none.measurements(signals.alignment(feedback)).get(0);
    assertEquals(none.reason(), ((Measurement.Undefined) first).reason());
    prepare(RESIDUAL, 4, Pairing.Rule.SHARED);
    assertEquals(
        "there is only one feedback matrix",
        nulls(2).matricesPermuted(feedback, SmallCases.SEED).reason());
  }

  @Test
  void untrainedNetworksHaveTheSameMatricesAndSamples() {
    prepare(RESIDUAL, 9, Pairing.Rule.OWN);
    NullDraws draws =
        FeedbackNulls.untrained(
            chance -> LayerNetwork.initialized(RESIDUAL, chance),
            pass,
            feedback,
            2,
            SmallCases.SEED,
            () -> {});
    try (Network other =
        LayerNetwork.initialized(RESIDUAL, SmallCases.SEED.under("null/untrained/1"))) {
      assertArrayEquals(
          cosines(Signals.alignment(other, pass, feedback, () -> {})), draws.cosines().get(1));
    }
  }

  @Test
  void realAlignmentIsFoundAndChanceIsNot() {
    prepare(SmallCases.LINEAR, 30, Pairing.Rule.OWN);
    NullDraws fresh = nulls(99).fresh();
    try (FeedbackMatrices truth =
        TensorScope.within(
            () -> SmallCases.trueTransport(network, pass.input(0).only(), CLASSES))) {
      Calibration real = fresh.deepCalibration(signals.alignment(truth)).orElseThrow();
      assertEquals(1, real.observed(), ROUNDING);
      assertEquals(2.0 / 100, real.p());
    }
    Calibration chance = fresh.deepCalibration(signals.alignment(feedback)).orElseThrow();
    assertTrue(chance.p() > 0.05, "a random matrix was called real: p " + chance.p());
  }

  @Test
  void directFeedbackMakesTheNetworkAlign() {
    prepare(new Mlp(List.of(6, 16, CLASSES)), 30, Pairing.Rule.OWN);
    NullSample before = nulls(99).fresh().layer(0).orElseThrow();
    assertTrue(new Calibration(cosineNow(), before).p() > 0.05);
    try (Trainer trainer =
        new Trainer(
            network,
            TrainingSpec.of(OptimizerSpec.Adam.withLearningRate(1e-2))
                .withRule(new DirectFeedback(feedback)))) {
      for (int e = 1; e <= 20; e++) {
        trainer.epoch(e, pass, (count, loss) -> {});
      }
    }
    signals = opened(Signals.of(network, pass, () -> {}));
    NullSample after = nulls(99).fresh().layer(0).orElseThrow();
    assertEquals(2.0 / 100, new Calibration(cosineNow(), after).p());
  }

  private double cosineNow() {
    return cosines(signals.alignment(feedback))[0];
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, -3})
  void fewerThanTwoDrawsAreRefused(int draws) {
    prepare(RESIDUAL, 4, Pairing.Rule.OWN);
    String message = assertThrows(InvalidInputException.class, () -> nulls(draws)).getMessage();
    assertEquals("null.draws=%s: a null has a spread from 2 draws on".formatted(draws), message);
  }

  @Test
  void oneSampleIsRefused() {
    prepare(RESIDUAL, 1, Pairing.Rule.OWN);
    String message = assertThrows(InvalidInputException.class, () -> nulls(5)).getMessage();
    assertEquals("probe.samples=1: nulls exchange samples, at least 2 are needed", message);
  }

  @Test
  void manyDrawsLeaveNoNativeMemory() {
    prepare(RESIDUAL, 9, Pairing.Rule.OWN);
    Runnable all =
        () -> {
          FeedbackNulls nulls = nulls(7);
          nulls.fresh();
          nulls.rotated(feedback, SmallCases.SEED);
          nulls.errorShuffled(feedback, SmallCases.SEED);
          nulls.matricesPermuted(feedback, SmallCases.SEED);
          nulls.labelsPermuted(network, pass, feedback, SmallCases.SEED);
          Signals.alignment(network, pass, feedback, () -> {});
          UsefulFraction.of(network, pass, feedback, feedback);
        };
    all.run();
    long live = TensorScope.liveObjects();
    all.run();
    assertNoneLeft(live);
  }

  @Test
  void aStepByTheTrueTransportIsAsUsefulAsTheGradientAndLeavesTheNetworkAsItWas() {
    prepare(SmallCases.LINEAR, 9, Pairing.Rule.OWN);
    Map<String, byte[]> before = Tensors.bits(network);
    try (FeedbackMatrices truth =
        TensorScope.within(
            () -> SmallCases.trueTransport(network, pass.input(0).only(), CLASSES))) {
      List<Measurement> found = UsefulFraction.of(network, pass, truth, feedback);
      // Gains are differences of losses of size 1 in logits of single precision.
      assertEquals(1, ((Measurement.Defined) found.get(0)).value(), 1e-3);
      assertTrue(((Measurement.Defined) found.get(1)).value() < 1);
    }
    Tensors.bits(network).forEach((name, bits) -> assertArrayEquals(before.get(name), bits, name));
    network.weights().trainable().values().forEach(p -> p.requires_grad_(false));
    network.weights().parameters().get("0.weight").requires_grad_(true);
    Tensors.set(network.weights().parameters().get("2.weight"), new float[12]);
    Measurement none = UsefulFraction.of(network, pass, feedback, feedback).get(0);
    assertInstanceOf(Measurement.Undefined.class, none);
  }
}
