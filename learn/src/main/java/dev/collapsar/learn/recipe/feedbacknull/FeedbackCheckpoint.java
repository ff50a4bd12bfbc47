package dev.collapsar.learn.recipe.feedbacknull;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.feedback.FeedbackMatrices;
import dev.collapsar.learn.feedback.Pairing;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkCard;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * A network with the feedback matrices that it was trained by, as a file holds them: a {@code
 * torch.save} of {@code state_dict}, {@code Bs} and {@code test_acc}, as the null-calibration
 * script reads it, or a safetensors file with {@code Bs.<i>} beside the state dict.
 *
 * @param source the file as the user spelled it
 * @param matrices maybe empty
 * @param pairing if the file says which matrix feeds which hidden state
 * @param card of the network, as JSON, if the file has one
 */
record FeedbackCheckpoint(
    String source,
    Map<String, StoredTensor> state,
    List<StoredTensor> matrices,
    Optional<Pairing> pairing,
    OptionalDouble testAccuracy,
    Optional<String> card) {
  private static final String PREFIX = "Bs.";
  private static final String PAIRING = "feedback_pairing";
  private static final String ACCURACY = "test_acc";

  /**
   * Reads either kind.
   *
   * @param source how messages name the file
   * @throws InvalidInputException as {@link Checkpoint#read} says, or if what says the pairing is
   *     none or the matrices are not numbered from 0 on
   */
  static FeedbackCheckpoint read(Path path, String source) {
    Checkpoint file = Checkpoint.read(path);
    Map<String, StoredTensor> state = new LinkedHashMap<>();
    Map<String, StoredTensor> numbered = new LinkedHashMap<>();
    file.tensors().forEach((name, t) -> (name.startsWith(PREFIX) ? numbered : state).put(name, t));
    List<StoredTensor> matrices =
        Stream.iterate(0, i -> i < numbered.size(), i -> i + 1)
            .map(
                i -> {
                  StoredTensor matrix = numbered.get(PREFIX + i);
                  if (matrix == null) {
                    throw new InvalidInputException(
                        "%s: holds %s; feedback matrices are numbered from Bs.0 on"
                            .formatted(source, numbered.keySet()));
                  }
                  return matrix;
                })
            .toList();
    if (matrices.isEmpty()) {
      matrices = file.tensorLists().getOrDefault("Bs", List.of());
    }
    return new FeedbackCheckpoint(
        source,
        state,
        matrices,
        Optional.ofNullable(file.texts().get(PAIRING)).map(text -> Pairing.parse(text, source)),
        accuracy(file),
        Optional.ofNullable(file.texts().get(NetworkCard.KEY)));
  }

  private static OptionalDouble accuracy(Checkpoint file) {
    if (file.numbers().containsKey(ACCURACY)) {
      return OptionalDouble.of(file.numbers().get(ACCURACY).doubleValue());
    }
    String text = file.texts().get(ACCURACY);
    return text != null && text.matches("[01](\\.\\d+)?")
        ? OptionalDouble.of(Double.parseDouble(text))
        : OptionalDouble.empty();
  }

  /** Writes a network, its matrices, their pairing and its test accuracy as safetensors. */
  static void write(Path path, Network network, FeedbackMatrices feedback, double testAccuracy) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>(network.weights().stored());
    List<StoredTensor> matrices = feedback.toStored();
    for (int j = 0; j < matrices.size(); j++) {
      tensors.put(PREFIX + j, matrices.get(j));
    }
    SafeTensors.write(
        path,
        tensors,
        Map.of(
            "format",
            "pt",
            NetworkCard.KEY,
            network.card().toJson(),
            PAIRING,
            feedback.pairing().toString(),
            ACCURACY,
            Double.toString(testAccuracy)));
  }

  /**
   * The file's matrices for a network of such hidden states, under its own pairing or, where it
   * says none, the script's; empty if it holds none.
   *
   * @throws InvalidInputException if their number or a shape is not what the network needs
   */
  Optional<FeedbackMatrices> feedback(List<Long> widths, long classes) {
    if (matrices.isEmpty()) {
      return Optional.empty();
    }
    Pairing stored = pairing.orElseGet(() -> Pairing.Rule.BLOCK_INPUT.of(widths.size()));
    return Optional.of(FeedbackMatrices.stored(matrices, stored, widths, classes, source));
  }
}
