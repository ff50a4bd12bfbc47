package dev.collapsar.learn.model;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.NewFile;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.model.OpenedNetwork.Origin;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.network.architecture.ArchitectureGuess;
import dev.collapsar.learn.network.architecture.Architectures;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.network.layer.ScriptExport;
import dev.collapsar.learn.network.script.ScriptArchive;
import dev.collapsar.learn.network.script.ScriptNetwork;
import dev.collapsar.learn.network.script.ScriptOptions;
import dev.collapsar.random.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/**
 * Networks of a card, and in files: ours, safetensors that carry a card; checkpoints of PyTorch's
 * or others without one, of which the architecture is told by the tensors' names and shapes or by a
 * recipe's choice; TorchScript, which brings its own code.
 */
public final class NetworkFile {
  /** Code, names and the alignment of values. */
  private static final long SCRIPT_BESIDE_VALUES = 1 << 20;

  private static final String FEEDBACK = "Bs."; // matrices that a network was trained by
  private static final String CODE = "code"; // in cards
  private static final String CODE_FILE = "torchscript.pt";

  private NetworkFile() {}

  /**
   * The card of a network to be made.
   *
   * @param architecture as {@link NetworkCard#architecture} says
   * @throws InvalidInputException if it is none known here
   */
  public static NetworkCard card(
      Map<String, Object> architecture, InputSpec input, List<String> classes) {
    NetworkSpec spec = Architectures.of(architecture, classes.size(), "the network");
    return NetworkCard.of(spec.architecture(), spec.head(), Optional.of(input), classes.size())
        .withClasses(classes);
  }

  /**
   * The network of a card, untrained: with initial values from the seed's streams {@code
   * init/<layer>}.
   *
   * @return the caller's to close
   * @throws InvalidInputException if its architecture is none known here
   */
  public static Network initialized(NetworkCard card, Seed seed) {
    LayerNetwork network = LayerNetwork.initialized(Architectures.of(card, "the network"), seed);
    network.describe(card.untrained());
    return network;
  }

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
    Optional<String> card = Optional.ofNullable(file.texts().get(NetworkCard.KEY));
    return coded(path, file.tensors(), card)
        .orElseGet(() -> of(file.tensors(), card, path.toString()));
  }

  /** A network whose code lies in a file beside its values. */
  private static Optional<OpenedNetwork> coded(
      Path path, Map<String, StoredTensor> tensors, Optional<String> card) {
    return card.map(json -> NetworkCard.parse(json, path.toString()))
        .filter(said -> said.name().equals(ScriptNetwork.ARCHITECTURE))
        .map(said -> coded(path, tensors, said));
  }

  private static OpenedNetwork coded(
      Path path, Map<String, StoredTensor> tensors, NetworkCard card) {
    String name = String.valueOf(card.further().get(CODE));
    Path code = path.resolveSibling(name.substring(name.lastIndexOf('/') + 1));
    if (!Files.isRegularFile(code)) {
      throw new InvalidInputException(
          ("%s: the code of its network, %s, is not beside it: put it there, or give the"
                  + " network's file and these values by base.checkpoint")
              .formatted(path, code.getFileName()));
    }
    ScriptNetwork network = ScriptNetwork.open(code, ScriptOptions.defaults());
    try {
      network.weights().load(tensors, path.toString());
      network.describe(card);
      return coded(network, Origin.CARD);
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  /**
   * Reads a TorchScript file.
   *
   * @return in evaluation mode, the caller's to close
   * @throws InvalidInputException as {@link ScriptNetwork#open} says
   */
  public static OpenedNetwork open(Path path, ScriptOptions options) {
    ScriptNetwork network = ScriptNetwork.open(path, options);
    return coded(network, network.hasCard() ? Origin.CARD : Origin.CODE);
  }

  private static OpenedNetwork coded(ScriptNetwork network, Origin origin) {
    return new OpenedNetwork(network, origin, List.of(), network.limits(), network.cautions());
  }

  /**
   * Fills a network with the values of a checkpoint, of other widths too where its code holds none.
   *
   * @param source the file as messages name it
   * @throws InvalidInputException if it cannot be read or its names do not agree; then nothing is
   *     changed
   */
  public static void load(Network network, Path path, String source) {
    Map<String, StoredTensor> state = state(Checkpoint.read(path).tensors());
    network.weights().load(state, source);
    int classes = network.head().classes();
    if (classes != network.card().classes().size()) {
      network.describe(network.card().withNewHead(classes));
    }
  }

  /**
   * Reads a network: that of the file's card, or of a choice where it has none and its tensors do
   * not say all.
   *
   * @param choice asked only then
   * @param source the file as messages name it
   * @throws InvalidInputException if it cannot be read, or its card or else the choice does not fit
   *     its tensors
   */
  public static OpenedNetwork open(Path path, Supplier<NetworkCard> choice, String source) {
    Checkpoint file = Checkpoint.read(path);
    Optional<String> card = Optional.ofNullable(file.texts().get(NetworkCard.KEY));
    return coded(path, file.tensors(), card)
        .orElseGet(() -> of(file.tensors(), card, choice, source));
  }

  /**
   * The network of a state dict.
   *
   * @param card the file's, as JSON
   * @param source the file as messages name it
   */
  public static OpenedNetwork of(
      Map<String, StoredTensor> tensors, Optional<String> card, String source) {
    Map<String, StoredTensor> state = state(tensors);
    ArchitectureGuess guess =
        guess(state)
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "%s: its tensors are of no small-cnn, mlp, residual-mlp or resnet18; others"
                                .formatted(source)
                            + " bring their code along: torch.jit.trace(model,"
                            + " example).save(...)"));
    if (card.isPresent()) {
      return carded(state, NetworkCard.parse(card.get(), source), guess, source);
    }
    return new OpenedNetwork(
        loaded(guess.spec(), state, source), Origin.TENSORS, assumptions(guess));
  }

  /**
   * Likewise, of a choice where there is no card and the tensors do not say all.
   *
   * @param source the file as messages name it
   */
  public static OpenedNetwork of(
      Map<String, StoredTensor> tensors,
      Optional<String> card,
      Supplier<NetworkCard> choice,
      String source) {
    Map<String, StoredTensor> state = state(tensors);
    Optional<ArchitectureGuess> guess = guess(state);
    boolean told = guess.filter(known -> known.assumptions().isEmpty()).isPresent();
    if (card.isPresent() || told) {
      return of(tensors, card, source);
    }
    NetworkCard chosen = choice.get();
    Network network = loaded(Architectures.of(chosen, source), state, source);
    network.describe(chosen);
    return new OpenedNetwork(
        network,
        Origin.CHOICE,
        List.of("it has no card and is taken for the %s chosen".formatted(chosen.architecture())));
  }

  private static OpenedNetwork carded(
      Map<String, StoredTensor> state, NetworkCard card, ArchitectureGuess guess, String source) {
    Network network = loaded(agreeing(card, guess, source), state, source);
    network.describe(card);
    return new OpenedNetwork(network, Origin.CARD, List.of());
  }

  private static Map<String, StoredTensor> state(Map<String, StoredTensor> tensors) {
    Map<String, StoredTensor> state = new LinkedHashMap<>(tensors);
    state.keySet().removeIf(name -> name.startsWith(FEEDBACK));
    return state;
  }

  private static Optional<ArchitectureGuess> guess(Map<String, StoredTensor> state) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    state.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    return Architectures.guess(shapes);
  }

  private static Network loaded(NetworkSpec spec, Map<String, StoredTensor> state, String source) {
    Network network = LayerNetwork.initialized(spec, new Seed(0));
    try {
      network.weights().load(state, source);
    } catch (InvalidInputException e) {
      network.close();
      throw e;
    }
    return network;
  }

  /** Refuses a card that says other than the tensors do, before anything is built of its sizes. */
  private static NetworkSpec agreeing(NetworkCard card, ArchitectureGuess guess, String source) {
    NetworkSpec said = Architectures.of(card, source);
    if (!guess.spec().hasTensorsOf(said) || !card.head().equals(said.head())) {
      throw new InvalidInputException(
          "%s: its card says %s, %s classes at %s; its tensors are of %s, classes at %s"
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
    sentences.add("the classes have no names");
    return sentences;
  }

  /**
   * Writes a network as it was trained or loaded, without reparametrizations, with its card: a
   * safetensors file, aside and renamed. The code of a network that has its own goes into a file
   * {@value #CODE_FILE} beside it, which is the same for all values.
   *
   * @throws InvalidInputException if the folder does not exist
   */
  public static void write(Path path, Network network) {
    NetworkCard card = network.card();
    if (network instanceof ScriptNetwork script) {
      script.saveCode(path.resolveSibling(CODE_FILE));
      card = card.withFurther(CODE, CODE_FILE);
    }
    write(path, network.weights().stored(), Optional.of(card));
  }

  /**
   * Writes a network's tensors, likewise.
   *
   * @param card of a network of such tensors, or of one that they were made from: a head for
   *     another number of classes is described as a new one; empty if nobody knows
   */
  public static void write(
      Path path, Map<String, StoredTensor> tensors, Optional<NetworkCard> card) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", "pt");
    card.ifPresent(known -> metadata.put(NetworkCard.KEY, describing(known, tensors).toJson()));
    SafeTensors.write(path, tensors, metadata);
  }

  /**
   * The card of a network whose tensors were changed after it was measured: merged, for example.
   *
   * @param card before
   */
  public static NetworkCard changed(NetworkCard card, Map<String, StoredTensor> tensors) {
    return unmeasured(describing(card, tensors));
  }

  /** Likewise, told the shape of the head's weights (K,D). */
  public static NetworkCard changed(NetworkCard card, long[] head) {
    return unmeasured(describing(card, head));
  }

  private static NetworkCard unmeasured(NetworkCard card) {
    return card.training().map(how -> card.withTraining(how, OptionalDouble.empty())).orElse(card);
  }

  private static NetworkCard describing(NetworkCard card, Map<String, StoredTensor> tensors) {
    StoredTensor head = tensors.get(card.head() + ".weight");
    return head == null ? card : describing(card, head.shape());
  }

  private static NetworkCard describing(NetworkCard card, long[] head) {
    return head[0] == card.classes().size() ? card : card.withNewHead((int) head[0]);
  }

  /**
   * Writes a network as TorchScript, with its card inside and active adapters merged.
   *
   * @throws InvalidInputException if it cannot be written
   */
  public static void writeScript(Path path, Network network) {
    long values =
        network.weights().state().values().stream()
            .mapToLong(tensor -> tensor.numel() * tensor.element_size())
            .sum();
    NewFile.requireRoom(path, values + SCRIPT_BESIDE_VALUES); // LibTorch would end the process
    if (network instanceof ScriptNetwork script) {
      script.save(path);
    } else if (network instanceof LayerNetwork layers) {
      ScriptExport.write(layers, path);
    } else {
      throw new IllegalArgumentException("no TorchScript is known of a " + network.name());
    }
  }
}
