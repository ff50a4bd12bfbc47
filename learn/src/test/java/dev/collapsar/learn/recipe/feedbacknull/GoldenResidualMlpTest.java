package dev.collapsar.learn.recipe.feedbacknull;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.features.FeatureFile;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.feedback.AlignmentSums;
import dev.collapsar.learn.feedback.FeedbackMatrices;
import dev.collapsar.learn.feedback.FeedbackNulls;
import dev.collapsar.learn.feedback.NullDraws;
import dev.collapsar.learn.feedback.Signals;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.ResidualMlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Seed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A residual MLP that PyTorch trained by direct feedback, and what the script computes of it. */
class GoldenResidualMlpTest {
  private static final double TOLERANCE = 1e-4; // as the goldens promise
  private static final int FRESH_DRAWS = 20;
  private static final int SAMPLES = 256;

  @TempDir private Path directory;
  private JsonNode expected;
  private FeedbackCheckpoint checkpoint;
  private Network network;
  private OrderedBatches pass;
  private FeedbackMatrices feedback;
  private Signals signals;

  @BeforeEach
  void load() throws IOException {
    Path file = Golden.path("pytorch/residual-mlp-dfa.pt");
    expected =
        new ObjectMapper().readTree(Golden.path("pytorch/residual-mlp-expected.json").toFile());
    checkpoint = FeedbackCheckpoint.read(file, "golden.pt");
    network =
        LayerNetwork.initialized(
            ResidualMlp.likely(FeedbackInputsTest.shapes(checkpoint)).orElseThrow(), new Seed(0));
    network.weights().load(checkpoint.state(), "golden.pt");
    try (FeatureFile rows =
        FeatureFile.open(
            Golden.path("pytorch/residual-mlp-input.npy").toString(),
            Golden.path("pytorch/residual-mlp-labels.npy").toString())) {
      pass = FeatureInputs.pass(rows, SAMPLES, 192, 10, 100, "residual-mlp-input.npy");
    }
    feedback = checkpoint.feedback(FeedbackMatrices.widths(network, pass), 10).orElseThrow();
    signals = Signals.of(network, pass, () -> {});
  }

  @AfterEach
  void close() {
    if (signals != null) {
      signals.close();
      feedback.close();
      network.close();
    }
  }

  @Test
  void cosinesWithTheTrainingMatricesAndGradientNormsAreThoseOfTheScript() {
    AlignmentSums sums = signals.alignment(feedback);
    double[] cosines = numbers(expected.get("cos_training_B"));
    double[] norms = numbers(expected.get("gradient_norm"));
    List<Measurement> all = sums.measurements();
    for (int l = 0; l < cosines.length; l++) {
      assertEquals(cosines[l], value(all, "feedback_cos_l" + l), TOLERANCE);
      // The script's gradient is that of the mean over all samples.
      double own = norms[l] * signals.samples();
      assertEquals(own, value(all, "gradient_norm_l" + l), TOLERANCE * own);
    }
  }

  @Test
  void cosinesWithFreshDrawsOfPyTorchsSeedsAreThoseOfTheScript() {
    NullDraws fresh = new FeedbackNulls(signals, feedback.pairing(), FRESH_DRAWS, () -> {}).fresh();
    for (int k = 0; k < FRESH_DRAWS; k++) {
      assertArrayEquals(
          numbers(expected.get("cos_fresh").get(k)), fresh.cosines().get(k), TOLERANCE);
    }
  }

  @Test
  void theSafetensorsFormHoldsTheSameNetworkMatricesAndPairing() {
    Path file = directory.resolve("network.safetensors");
    FeedbackCheckpoint.write(file, network, feedback, 0.25);
    FeedbackCheckpoint back = FeedbackCheckpoint.read(file, "network.safetensors");
    assertEquals(checkpoint.state(), back.state());
    assertEquals(checkpoint.matrices(), back.matrices());
    assertEquals(List.of(0, 1, 2, 3, 3), back.pairing().orElseThrow().matrices());
    assertEquals(0.25, back.testAccuracy().orElseThrow());
    assertEquals(
        ResidualMlp.likely(FeedbackInputsTest.shapes(checkpoint)),
        ResidualMlp.likely(FeedbackInputsTest.shapes(back)));
    assertTrue(checkpoint.pairing().isEmpty());
    assertTrue(checkpoint.testAccuracy().isPresent());
  }

  private static double value(List<Measurement> all, String id) {
    return all.stream()
        .filter(m -> m.id().equals(id))
        .map(m -> ((Measurement.Defined) m).value())
        .findFirst()
        .orElseThrow();
  }

  private static double[] numbers(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false)
        .mapToDouble(JsonNode::asDouble)
        .toArray();
  }
}
