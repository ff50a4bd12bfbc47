package dev.collapsar.learn.model;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.network.layer.ArchitectureGuess;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.network.layer.ScriptExport;
import dev.collapsar.learn.network.script.ScriptArchive;
import dev.collapsar.learn.network.script.ScriptNetwork;
import dev.collapsar.learn.network.script.ScriptOptions;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Networks in files: ours, safetensors that carry a card; checkpoints of PyTorch's or others
 * without one, of which the architecture is told by the tensors' names and shapes; TorchScript,
 * which brings its own code.
 */
public final class NetworkFile {
  private static final String FEEDBACK = "Bs."; // matrices that a network was trained by

  private NetworkFile() {}

  /**
   * Reads a network.
   *
   * @return in evaluation mode, the caller's to close
   * @throws InvalidInputException if it cannot be read, its card is none or does not fit its
   *     tensors, or it has none and is of no architecture known here
   */
  public static OpenedNetwork open(Path path) {
    if (ScriptArchive.isScript(path)) {
      return open(path, ScriptOptions.defaults());
    }
    Checkpoint file = Checkpoint.read(path);
    return of(
        file.tensors(), Optional.ofNullable(file.texts().get(NetworkCard.KEY)), path.toString());
  }

  /**
   * Reads a TorchScript file.
   *
   * @return in evaluation mode, the caller's to close
   * @throws InvalidInputException as {@link ScriptNetwork#open} says
   */
  public static OpenedNetwork open(Path path, ScriptOptions options) {
    ScriptNetwork network = ScriptNetwork.open(path, options);
    List<String> assumptions = new ArrayList<>();
    if (network.card().input().isEmpty()) {
      assumptions.add("the file does not say how its pixels were scaled: that must be said");
    }
    return new OpenedNetwork(network, assumptions);
  }

  /**
   * The network of a state dict.
   *
   * @param card the file's, as JSON
   * @param source the file as the user spelled it
   */
  public static OpenedNetwork of(
      Map<String, StoredTensor> tensors, Optional<String> card, String source) {
    Map<String, StoredTensor> state = new LinkedHashMap<>(tensors);
    state.keySet().removeIf(name -> name.startsWith(FEEDBACK));
    Map<String, long[]> shapes = new LinkedHashMap<>();
    state.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    ArchitectureGuess guess =
        ArchitectureGuess.of(shapes)
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "%s: its tensors are of no small-cnn, mlp, residual-mlp or resnet18; others"
                                .formatted(source)
                            + " bring their code along: torch.jit.trace(model, example).save(...)"));
    Optional<NetworkCard> known = card.map(json -> NetworkCard.parse(json, source));
    NetworkSpec spec = known.map(said -> agreeing(said, guess, source)).orElse(guess.spec());
    LayerNetwork network = LayerNetwork.initialized(spec, new Seed(0));
    network.weights().load(state, source);
    known.ifPresent(network::describe);
    return new OpenedNetwork(network, known.isPresent() ? List.of() : assumptions(guess));
  }

  /** Refuses a card that says other than the tensors do, before anything is built of its sizes. */
  private static NetworkSpec agreeing(NetworkCard card, ArchitectureGuess guess, String source) {
    NetworkSpec said = NetworkSpec.of(card, source);
    if (!guess.admits(said) || !card.head().equals(said.head())) {
      throw new InvalidInputException(
          "%s: its card says %s, %d classes at %s; its tensors are of %s, classes at %s"
              .formatted(
                  source,
                  card.architecture(),
                  card.classes().size(),
                  card.head(),
                  guess.spec(),
                  guess.spec().head()));
    }
    return said;
  }

  private static List<String> assumptions(ArchitectureGuess guess) {
    List<String> sentences = new ArrayList<>(guess.assumptions());
    sentences.add("pixels enter in [0, 1], without mean and std of their own");
    sentences.add("the classes have no names");
    return sentences;
  }

  /**
   * Writes a network as it was trained or loaded, without reparametrizations, with its card: a
   * safetensors file, aside and renamed.
   *
   * @throws InvalidInputException if the folder does not exist
   */
  public static void write(Path path, Network network) {
    SafeTensors.write(
        path,
        network.weights().stored(),
        Map.of("format", "pt", NetworkCard.KEY, network.card().toJson()));
  }

  /**
   * Writes a network as TorchScript, with its card inside and active adapters merged.
   *
   * @throws InvalidInputException if it cannot be written
   */
  public static void writeScript(Path path, Network network) {
    if (network instanceof ScriptNetwork script) {
      script.save(path);
    } else if (network instanceof LayerNetwork layers) {
      ScriptExport.write(layers, path);
    } else {
      throw new IllegalArgumentException("no TorchScript is known of a " + network.name());
    }
  }
}
