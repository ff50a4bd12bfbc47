package dev.collapsar.learn.feedback;

import static org.bytedeco.pytorch.global.torch.createCPUGenerator;
import static org.bytedeco.pytorch.global.torch.empty;
import static org.bytedeco.pytorch.global.torch.linalg_qr;
import static org.bytedeco.pytorch.global.torch.randn;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.network.HiddenStates;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The fixed matrices B (D,K) that carry the error e (n,K) to hidden states of width D as a = e B^T,
 * and which of them feeds which state. An image-shaped state counts flattened: every place and
 * channel has a row of its own. Owns the matrices, which stay on the CPU.
 */
public final class FeedbackMatrices implements AutoCloseable {
  private final List<Tensor> matrices;
  private final Pairing pairing;

  private FeedbackMatrices(List<Tensor> matrices, Pairing pairing) {
    this.matrices = matrices;
    this.pairing = pairing;
  }

  /**
   * N(0,1)/sqrt(K), matrix j from the stream {@code feedback/<j>} of the seed.
   *
   * @param widths of the hidden states
   * @throws InvalidInputException if the pairing does not fit the widths
   */
  public static FeedbackMatrices gaussian(
      List<Long> widths, long classes, Pairing pairing, Seed seed) {
    List<Long> rows = pairing.rows(widths);
    return made(
        pairing,
        j ->
            empty(rows.get(j), classes)
                .normal_(0, 1, generator(seed.stream("feedback/" + j)))
                .div_(TensorBridge.scalar(Math.sqrt(classes))));
  }

  /**
   * Those of a file.
   *
   * @param widths of the hidden states
   * @param source the file as the user spelled it, for the message
   * @throws InvalidInputException if their number or a shape is not what the pairing needs
   */
  public static FeedbackMatrices stored(
      List<StoredTensor> stored, Pairing pairing, List<Long> widths, long classes, String source) {
    if (pairing.states() != widths.size()) {
      throw new InvalidInputException(
          "%s: its feedback_pairing %s is for %s hidden states, the network has %s"
              .formatted(source, pairing, pairing.states(), widths.size()));
    }
    if (stored.size() != pairing.count()) {
      throw new InvalidInputException(
          "%s: holds %s feedback matrices (Bs), the pairing %s of the %s hidden states needs %s"
              .formatted(source, stored.size(), pairing, widths.size(), pairing.count()));
    }
    List<Long> rows = pairing.rows(widths);
    for (int j = 0; j < stored.size(); j++) {
      long[] needed = {rows.get(j), classes};
      if (!Arrays.equals(stored.get(j).shape(), needed)) {
        throw new InvalidInputException(
            "%s: Bs.%s has shape %s, it must be %s (width of the hidden state, classes)"
                .formatted(
                    source, j, Arrays.toString(stored.get(j).shape()), Arrays.toString(needed)));
      }
    }
    return made(pairing, j -> TensorBridge.tensor(stored.get(j)).to(ScalarType.Float));
  }

  private static FeedbackMatrices made(Pairing pairing, IntFunction<Tensor> matrix) {
    return new FeedbackMatrices(
        TensorScope.withinWithoutGradients(
            () ->
                IntStream.range(0, pairing.count())
                    .mapToObj(j -> TensorScope.keep(matrix.apply(j)))
                    .toList()),
        pairing);
  }

  /** LibTorch's CPU generator: from one seed the numbers of PyTorch's {@code manual_seed}. */
  static GeneratorOptional generator(long seed) {
    return new GeneratorOptional(createCPUGenerator(seed));
  }

  /** Q B (D,K): B = Q_B R, so it is R in a random frame. */
  static Tensor rotated(Tensor b, long stream) {
    Tensor r = new Tensor(linalg_qr(b.to(ScalarType.Double), "reduced").get1()); // (r,K)
    return frame(b.size(0), r.size(0), stream).mm(r);
  }

  private static Tensor frame(long rows, long columns, long stream) {
    Tensor gaussian = randn(new long[] {rows, columns}, generator(stream)).to(ScalarType.Double);
    T_TensorTensor_T qr = linalg_qr(gaussian, "reduced");
    return qr.get0().mul(qr.get1().diagonal().sign()); // (D,r), uniform over frames
  }

  /** The widths of a network's hidden states, flattened, for such images. */
  public static List<Long> widths(Network network, OrderedBatches pass) {
    network.setTraining(false);
    return TensorScope.withinWithoutGradients(
        () -> {
          List<Long> widths = new ArrayList<>();
          network.forward(
              Input.of(pass.input(0).only().narrow(0, 0, 1)),
              taps(network),
              (tap, h) -> widths.add(h.numel()));
          return widths;
        });
  }

  /** The hidden states of a network, as places to listen at. */
  static List<TapPoint> taps(Network network) {
    return hiddenStates(network).taps();
  }

  /** What rules of feedback need of a network. */
  static HiddenStates hiddenStates(Network network) {
    return network
        .hiddenStates()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "%s has no hidden states that feedback could reach".formatted(network.name())));
  }

  public Pairing pairing() {
    return pairing;
  }

  /**
   * The same matrices for other hidden states. They stay this one's to close.
   *
   * @param other of as many matrices, all of one shape
   */
  public FeedbackMatrices under(Pairing other) {
    if (other.count() != pairing.count()) {
      throw new IllegalArgumentException(
          "the pairing %s needs %s matrices, there are %s"
              .formatted(other, other.count(), pairing.count()));
    }
    return new FeedbackMatrices(matrices, other);
  }

  /** B_j (D,K), borrowed. */
  Tensor matrix(int j) {
    return matrices.get(j);
  }

  /** The matrix (D,K) of hidden state l, borrowed. */
  Tensor of(int l) {
    return matrices.get(pairing.matrices().get(l));
  }

  /** Copies for a file. */
  public List<StoredTensor> toStored() {
    return matrices.stream().map(TensorBridge::stored).toList();
  }

  @Override
  public void close() {
    matrices.forEach(TensorScope::free);
  }
}
