package dev.collapsar.learn.network;

import static org.bytedeco.pytorch.global.torch.zeros;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.WeightSite;
import dev.collapsar.learn.weight.Weights;
import dev.collapsar.random.Seed;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;

/**
 * A classifier: logits (n,K) of samples, what passes inside, and the tensors by PyTorch's dotted
 * names. Whose code computes is hidden. Owns the native memory of its tensors.
 */
public interface Network extends AutoCloseable {
  /** The name of the tap at the head's input. */
  String REPRESENTATION = "representation";

  /** What the network is, expects and has learnt. */
  NetworkCard card();

  /**
   * Says more of the network than it knows itself, such as its classes' names.
   *
   * @throws IllegalArgumentException if architecture, head or number of classes are another's
   */
  void describe(NetworkCard card);

  /** The architecture's name as recipes spell it. */
  default String name() {
    return card().name();
  }

  /**
   * What the network computes besides its tensors: two of equal text make the same of the same
   * input with the same tensors.
   */
  String structure();

  /** The names of the tensors that it takes, in order. */
  default List<String> inputNames() {
    return List.of(Input.ARRAY);
  }

  /** Those of {@link #inputNames} that it cannot do without; one alone may have any name. */
  default List<String> neededInputs() {
    return inputNames();
  }

  /** Whether there is a {@link #head}: of other people's code nobody may know it. */
  default boolean hasHead() {
    return true;
  }

  /**
   * The last linear map.
   *
   * @throws IllegalArgumentException if this is a part of a network that ends before it
   */
  Head head();

  /**
   * Puts a new head in the old one's place: so many rows, values from the seed's stream {@code
   * init/<head>}, trainable, on the same device and in the same mode.
   *
   * @throws IllegalStateException if a reparametrization sits on the old one
   */
  void renewHead(int classes, Seed seed);

  /** The tensors and what sits on them. */
  Weights weights();

  /**
   * Names of weights that are one tensor with another's, under whose name alone the network reads
   * it: by the unread name the one that is read. None of them has a site.
   */
  default Map<String, String> unreadNames() {
    return Map.of();
  }

  /** The dotted names of all modules that can be listened at, in the network's order. */
  List<String> modules();

  /** Whether the network computes logits of samples of this shape. */
  boolean takes(List<Long> sample);

  /** Logits (n,K). Inputs are moved to the parameters' device. */
  Tensor forward(Input input);

  /** Logits (n,K) of the only tensor that the network takes. */
  default Tensor forward(Tensor input) {
    return forward(Input.of(input));
  }

  /**
   * Logits (n,K) of this input, telling {@code listener} what passes at each tap on the way, in the
   * network's order. The tensors belong to the caller's scope.
   */
  Tensor forward(Input input, Iterable<TapPoint> taps, BiConsumer<TapPoint, Tensor> listener);

  /** The shape of one sample; empty if nobody said. */
  default Optional<List<Long>> sampleShape() {
    return card().input().map(InputSpec::shape);
  }

  /**
   * The images that it takes, if it takes some of one size and colours: as its card says, or as it
   * was traced. How their pixels are scaled the card alone says; of others it is left at [0, 1].
   */
  default Optional<InputSpec.Image> takenImages() {
    if (card().input().isPresent()) {
      return card()
          .input()
          .filter(InputSpec.Image.class::isInstance)
          .map(InputSpec.Image.class::cast);
    }
    return sampleShape()
        .filter(shape -> shape.size() == 3 && (shape.get(0) == 1 || shape.get(0) == 3))
        .map(
            shape ->
                InputSpec.Image.unit(
                    Math.toIntExact(shape.get(0)),
                    Math.toIntExact(shape.get(1)),
                    Math.toIntExact(shape.get(2))));
  }

  /** Samples of zeros of this shape (n, ...) in the element type that the network takes. */
  default Tensor blank(long... shape) {
    return zeros(shape);
  }

  /** The representation before the head, as a place to listen at. */
  default TapPoint representation() {
    return TapPoint.input(head().name());
  }

  /**
   * What there is to listen at for one sample of this shape: the shape of one sample's values at
   * each tap by name, in the order in which they are computed, {@link #REPRESENTATION} last.
   */
  default Map<String, List<Long>> tapShapes(List<Long> sample) {
    return Taps.shapes(this, sample);
  }

  /**
   * The dotted name of the first module whose output for an input may change in training: because
   * it or a reparametrization on it is trained, drops at random, or moves its buffers. The head if
   * all before it is fixed; empty if nothing with a weight is, or the network cannot be entered
   * there.
   */
  String firstMoving();

  /**
   * This network from the module of this dotted name on, for inputs that passed what is before it:
   * the same modules under the same names, which this one owns. All of it if the name is empty.
   *
   * @throws IllegalArgumentException if the network cannot be entered there
   */
  Network from(String module);

  /** What {@link #from} leaves out, likewise: it maps inputs to what enters there. */
  Network until(String module);

  /** What rules of feedback need; empty if the network cannot offer it. */
  Optional<HiddenStates> hiddenStates();

  /** What the network's own code draws at random in training comes from streams of this seed. */
  default void drawFrom(Seed seed) {}

  /**
   * Tells all that draws at random, reparametrizations included, that an epoch of training begins.
   *
   * @param number counts from 1
   */
  default void beginEpoch(int number) {
    weights().beginEpoch(number);
  }

  /** Training mode (dropout drops, batch normalisation adapts) or evaluation mode. */
  void setTraining(boolean on);

  boolean isTraining();

  /**
   * Whether batch normalisations whose parameters are frozen use each batch's statistics in
   * training mode and move the running ones, as PyTorch's do. Off at first, and in a {@link #copy}.
   */
  void setBatchNormDrift(boolean on);

  /** Whether any batch normalisation moves its statistics although its parameters are frozen. */
  boolean driftingBatchNorms();

  /** Whether any weight is a convolution's. */
  default boolean hasConvolutions() {
    return weights().sites().values().stream()
        .anyMatch(site -> site.kind() == WeightSite.Kind.CONV2D);
  }

  /**
   * Computes logits of a blank sample and sees whether gradients would arrive at all that is
   * trainable now, before anything is trained.
   *
   * @throws dev.collapsar.InvalidInputException with the reason, if they would not
   * @throws java.util.NoSuchElementException if nobody said what a sample is
   */
  default void tryOut() {
    boolean before = isTraining();
    setTraining(false);
    long[] one =
        LongStream.concat(
                LongStream.of(1), sampleShape().orElseThrow().stream().mapToLong(Long::longValue))
            .toArray();
    TensorScope.run(() -> forward(Input.of(blank(one))));
    setTraining(before);
  }

  /**
   * Moves parameters and buffers, those of reparametrizations included, to the device; the tensors
   * stay the same objects.
   */
  default void to(Device device) {
    weights().to(device);
  }

  /**
   * Another network with the same parameters and buffers, in the same mode; without this one's
   * reparametrizations.
   */
  Network copy();

  @Override
  void close();
}
