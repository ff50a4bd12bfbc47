package dev.collapsar.learn.recipe.feedbacknull;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.feedback.FeedbackMatrices;
import dev.collapsar.learn.feedback.Pairing;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.ResidualMlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What comes from files: checkpoints with feedback matrices, pairings, rows of features. */
class FeedbackInputsTest {
  private static final List<Long> WIDTHS = List.of(4L, 4L, 4L);
  private static final NetworkSpec SPEC = new ResidualMlp(2, 4, 3, 2);

  @TempDir private Path directory;

  private static OrderedBatches pass(float[] rows, int[] labels, int width, int classes) {
    return FeatureInputs.pass(
        FeatureArray.of(rows, labels, width), labels.length, width, classes, 3, "rows");
  }

  @Test
  void aCheckpointWithoutMatricesHasNone() {
    FeedbackCheckpoint read = read(Map.of(), Map.of());
    assertEquals(Optional.empty(), read.feedback(WIDTHS, 3));
    assertEquals(Optional.of(SPEC), ResidualMlp.likely(shapes(read)));
  }

  @Test
  void matricesOfWrongShapeOrNumberAreRefused() {
    assertEquals(
        "x.safetensors: Bs.1 has shape [4, 2], it must be [4, 3] (width of the hidden state,"
            + " classes)",
        refusal(Map.of("Bs.0", matrix(4, 3), "Bs.1", matrix(4, 2)), Map.of()));
    assertEquals(
        "x.safetensors: holds 3 feedback matrices (Bs), the pairing 0,1,1 of the 3 hidden states"
            + " needs 2",
        refusal(
            Map.of("Bs.0", matrix(4, 3), "Bs.1", matrix(4, 3), "Bs.2", matrix(4, 3)), Map.of()));
    assertEquals(
        "x.safetensors: its feedback_pairing 0,1 is for 2 hidden states, the network has 3",
        refusal(
            Map.of("Bs.0", matrix(4, 3), "Bs.1", matrix(4, 3)), Map.of("feedback_pairing", "0,1")));
    assertEquals(
        "x.safetensors: holds [Bs.1]; feedback matrices are numbered from Bs.0 on",
        refusal(Map.of("Bs.1", matrix(4, 3)), Map.of()));
  }

  @ParameterizedTest
  @CsvSource({"'0,2'", "'a,b'", "''", "'-1,0'", "'0,,1'"})
  void aPairingThatIsNoneIsRefused(String text) {
    String message = refusal(Map.of("Bs.0", matrix(4, 3)), Map.of("feedback_pairing", text));
    assertTrue(
        message.startsWith("x.safetensors: feedback_pairing is '%s'; it must be".formatted(text)),
        message);
  }

  @Test
  void aStoredPairingIsKept() {
    FeedbackCheckpoint read =
        read(
            Map.of("Bs.0", matrix(4, 3), "Bs.1", matrix(4, 3)),
            Map.of("feedback_pairing", "0,0,1", "test_acc", "0.5"));
    try (FeedbackMatrices matrices = read.feedback(WIDTHS, 3).orElseThrow()) {
      assertEquals(Pairing.Rule.BLOCK_OUTPUT.of(3), matrices.pairing());
      assertEquals(0.5, read.testAccuracy().orElseThrow());
    }
  }

  @Test
  void pairingsAreWhatTheirRulesSay() {
    assertEquals(List.of(0, 1, 2, 3, 3), Pairing.Rule.BLOCK_INPUT.of(5).matrices());
    assertEquals(List.of(0, 0, 1, 2, 3), Pairing.Rule.BLOCK_OUTPUT.of(5).matrices());
    assertEquals(List.of(0, 1, 2, 3, 4), Pairing.Rule.OWN.of(5).matrices());
    assertEquals(List.of(0, 0, 0, 0, 0), Pairing.Rule.SHARED.of(5).matrices());
    for (Pairing.Rule rule : Pairing.Rule.values()) {
      assertEquals(List.of(0), rule.of(1).matrices());
      assertEquals(rule, Pairing.Rule.named(rule.key()));
    }
    String message =
        assertThrows(
                InvalidInputException.class, () -> Pairing.Rule.SHARED.of(2).rows(List.of(5L, 7L)))
            .getMessage();
    assertEquals(
        "feedback.pairing 0,0: one matrix cannot feed hidden states of widths [5, 7]; allowed here:"
            + " own",
        message);
  }

  @Test
  void rowsOfAnotherWidthAreRefusedAndTheirOrderIsKept() {
    float[] rows = {1, 2, 3, 4, 5, 6, 7, 8};
    OrderedBatches pass = pass(rows, new int[] {0, 1, 2, 0}, 2, 3);
    assertArrayEquals(
        new float[] {7, 8}, TensorScope.within(() -> TensorBridge.toFloats(pass.input(1).only())));
    String message =
        assertThrows(
                InvalidInputException.class,
                () ->
                    FeatureInputs.pass(
                        FeatureArray.of(rows, new int[4], 2), 4, 3, 3, 2, "probe.inputs=x.npy"))
            .getMessage();
    assertEquals("probe.inputs=x.npy: has 2 numbers a row; the network takes 3", message);
  }

  private static StoredTensor matrix(int rows, int columns) {
    return StoredTensor.of(new float[rows * columns], rows, columns);
  }

  private String refusal(Map<String, StoredTensor> matrices, Map<String, String> metadata) {
    return assertThrows(
            InvalidInputException.class, () -> read(matrices, metadata).feedback(WIDTHS, 3))
        .getMessage();
  }

  private FeedbackCheckpoint read(
      Map<String, StoredTensor> matrices, Map<String, String> metadata) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>(matrices);
    try (Network network = LayerNetwork.initialized(SPEC, new Seed(7))) {
      network.weights().state().forEach((name, t) -> tensors.put(name, TensorBridge.stored(t)));
    }
    Path file = directory.resolve("x.safetensors");
    SafeTensors.write(file, tensors, metadata);
    return FeedbackCheckpoint.read(file, "x.safetensors");
  }

  /** The shapes of a state dict's tensors. */
  static Map<String, long[]> shapes(FeedbackCheckpoint checkpoint) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    checkpoint.state().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    return shapes;
  }
}
