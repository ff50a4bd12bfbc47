package dev.collapsar.learn.network.script;

import static org.bytedeco.pytorch.global.torch.zeros;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Sha256;
import dev.collapsar.data.ElementType;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.checkpoint.TracedInput;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The facts of a TorchScript file and of its use, apart from its tensors.
 *
 * @param name of the file
 * @param sha256 of its bytes
 * @param inputs what its forward takes
 * @param traced the example that it was traced with, if it was
 * @param written the card that the file carries, if it does
 */
record ScriptFile(
    String name,
    String sha256,
    ScriptOptions options,
    Anatomy anatomy,
    ScriptInputs inputs,
    Optional<TracedInput> traced,
    Optional<NetworkCard> written) {
  private static final String OUTPUT = "output";
  private static final String TRACED = "traced"; // the shape of one sample

  /**
   * @throws InvalidInputException if it cannot be read, or its card is none
   */
  static ScriptFile of(Path path, ScriptOptions options, ScriptModule module) {
    return new ScriptFile(
        path.getFileName().toString(),
        digest(path),
        options,
        Anatomy.of(module),
        ScriptInputs.of(module),
        TracedInput.read(path),
        ScriptArchive.card(path).map(json -> NetworkCard.parse(json, path.toString())));
  }

  private static String digest(Path path) {
    try {
      return Sha256.of(path);
    } catch (IOException e) {
      throw InvalidInputException.because(path + ": cannot be read", e);
    }
  }

  ReturnedPart output() {
    return new ReturnedPart(part());
  }

  /** Which part of a tuple or dictionary counts, as the options or else the card says. */
  private Optional<String> part() {
    return options
        .output()
        .or(() -> written.map(card -> card.architecture().get(OUTPUT)).map(String::valueOf));
  }

  String structure() {
    return "torchscript %s output %s".formatted(sha256, part().orElse(""));
  }

  /**
   * The dotted name of the Linear that classifies.
   *
   * @throws InvalidInputException if there is none or not the one that was named, listing those
   *     that there are
   */
  String head() {
    return headName()
        .orElseThrow(() -> new InvalidInputException("%s: %s".formatted(name, whyNoHead())));
  }

  private String whyNoHead() {
    List<String> linear = linear();
    if (options.head().isPresent()) {
      return "network.head=%s names no Linear layer of it; its Linear layers are %s"
          .formatted(options.head().get(), linear.isEmpty() ? "none" : String.join(", ", linear));
    }
    String none = "no Linear layer with a weight of its own makes what it returns";
    if (!linear.isEmpty()) {
      return "%s, name one by network.head=NAME; its Linear layers are %s"
          .formatted(none, String.join(", ", linear));
    }
    boolean frozen =
        anatomy.whole().all().stream()
            .anyMatch(
                node ->
                    node.is("aten::linear")
                        && !anatomy.whole().paths().containsKey(node.inputs().get(1)));
    boolean quantised =
        anatomy.whole().all().stream()
            .anyMatch(node -> node.operation().startsWith("quantized::linear"));
    return none
        + (frozen
            ? ": its weights are constants, as torch.jit.freeze makes them; leave freezing out"
            : quantised
                ? ": its Linear layers are quantised; export the float model"
                : ": it has no Linear layer, so network.head=NAME can name none");
  }

  private Optional<String> headName() {
    return options
        .head()
        .or(() -> written.map(NetworkCard::head))
        .or(() -> anatomy.headWeight(part()).map(SlotNames::module))
        .filter(linear()::contains);
  }

  private List<String> linear() {
    return anatomy.places().values().stream()
        .filter(place -> place.kind() == Kind.LINEAR && place.slot().endsWith(".weight"))
        .map(place -> SlotNames.module(place.slot()))
        .toList();
  }

  /**
   * What the file says of itself, or what its code and its example tell. Of images nobody said how
   * pixels were scaled.
   *
   * @param state the tensors by name
   */
  NetworkCard card(Map<String, Tensor> state) {
    if (written.isPresent()) {
      return written.get();
    }
    Map<String, Object> architecture = new LinkedHashMap<>();
    architecture.put("name", ScriptNetwork.ARCHITECTURE);
    architecture.put("sha256", sha256);
    options.output().ifPresent(part -> architecture.put(OUTPUT, part));
    tracedSample().ifPresent(shape -> architecture.put(TRACED, shape));
    Optional<String> head = headName();
    int classes =
        head.map(module -> Math.toIntExact(state.get(module + ".weight").size(0))).orElse(0);
    return NetworkCard.of(architecture, head.orElse(""), input(state), classes);
  }

  private Optional<InputSpec> input(Map<String, Tensor> state) {
    Optional<Long> words =
        anatomy.places().values().stream()
            .filter(place -> place.kind() == Kind.EMBEDDING)
            .map(place -> state.get(place.slot()).size(0))
            .findFirst();
    return tracedSample()
        .filter(shape -> !shape.isEmpty() && shape.size() != 3)
        .map(
            shape ->
                words.isPresent() && shape.size() == 1
                    ? new InputSpec.Tokens(
                        Math.toIntExact(shape.get(0)), Math.toIntExact(words.get()))
                    : new InputSpec.Array(shape));
  }

  /** Whether a Linear is known that classifies. */
  boolean hasHead() {
    return headName().isPresent();
  }

  /** The shape of one sample of the example. */
  Optional<List<Long>> tracedSample() {
    return traced.map(example -> example.shape().subList(1, example.shape().size()));
  }

  /**
   * Token sequences may have any length; all else is as it was traced, unless options allow it.
   *
   * @param card of the network, which remembers what a file that was written anew does not say
   */
  boolean takes(List<Long> sample, NetworkCard card) {
    if (options.anySize()) {
      return true;
    }
    if (traced.isEmpty()) {
      return !(card.architecture().get(TRACED) instanceof List<?> shape)
          || card.input().filter(InputSpec.Tokens.class::isInstance).isPresent()
          || texts(shape).equals(texts(sample));
    }
    List<Long> before = tracedSample().orElseThrow();
    boolean sequence = !traced.get().type().isFloating() && before.size() == 1;
    return before.equals(sample) || sequence && sample.size() == 1;
  }

  /** Numbers that JSON may have made of other widths. */
  private static List<String> texts(List<?> numbers) {
    return numbers.stream().map(String::valueOf).toList();
  }

  Tensor blank(long... shape) {
    boolean whole = traced.map(example -> !example.type().isFloating()).orElse(takesIndices());
    if (!whole) {
      return zeros(shape);
    }
    boolean narrow = traced.map(TracedInput::type).filter(ElementType.I32::equals).isPresent();
    return zeros(shape, new TensorOptions(narrow ? ScalarType.Int : ScalarType.Long));
  }

  /** Whether what enters a scripted network goes into an embedding. */
  private boolean takesIndices() {
    String argument = anatomy.whole().arguments().get(1);
    return anatomy.whole().all().stream()
        .anyMatch(node -> node.is("aten::embedding") && node.inputs().get(1).equals(argument));
  }
}
