package dev.collapsar.learn.evaluation;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The result of a network in evaluation mode on a way through samples.
 *
 * @param predicted the class index with the largest logit, for each sample in the pass's order
 * @param labels the true class indices, likewise
 * @param features the representation before the head, (n,D), or the values at another tap, with the
 *     labels; null where they were not asked for
 */
public record Evaluation(Score score, int[] predicted, int[] labels, FeatureArray features) {

  /** Whether each sample is decided right, in the pass's order. */
  public boolean[] correct() {
    boolean[] correct = new boolean[labels.length];
    for (int i = 0; i < correct.length; i++) {
      correct[i] = predicted[i] == labels[i];
    }
    return correct;
  }

  /**
   * Scores by cross-entropy, and decisions.
   *
   * @param evaluated hears how many samples were just evaluated; may throw to stop
   */
  public static Evaluation of(Network network, Batches pass, IntConsumer evaluated) {
    return of(network, pass, Loss.CROSS_ENTROPY, evaluated);
  }

  /** Scores and decisions. */
  public static Evaluation of(Network network, Batches pass, Loss loss, IntConsumer evaluated) {
    return listening(network, pass, loss, List.of(), (t, v, l, f) -> {}, evaluated);
  }

  /** Scores by cross-entropy, decisions and the representation. */
  public static Evaluation withFeatures(Network network, Batches pass, IntConsumer evaluated) {
    return withFeatures(network, pass, Loss.CROSS_ENTROPY, evaluated);
  }

  /** Scores, decisions and the representation. */
  public static Evaluation withFeatures(
      Network network, Batches pass, Loss loss, IntConsumer evaluated) {
    TapPoint tap = network.representation();
    int width = network.head().width();
    return withFeatures(network, pass, loss, tap, width, evaluated);
  }

  /** Scores, decisions, and as the features the values at a tap, of which a sample has width. */
  public static Evaluation withFeatures(
      Network network, Batches pass, Loss loss, TapPoint tap, int width, IntConsumer evaluated) {
    FeatureStore store = new FeatureStore(Map.of(tap, width), pass.count());
    try (Workers workers = new Workers(1)) {
      Evaluation bare =
          listening(network, pass, loss, List.of(tap), store.filledBy(workers), evaluated);
      return new Evaluation(bare.score, bare.predicted, bare.labels, store.table(tap, bare.labels));
    }
  }

  /** Scores and decisions; {@code listener} hears what passes at the taps meanwhile. */
  public static Evaluation listening(
      Network network,
      Batches pass,
      Loss loss,
      Collection<TapPoint> taps,
      TapListener listener,
      IntConsumer evaluated) {
    int samples = pass.count();
    int[] predicted = new int[samples];
    int[] labels = new int[samples];
    Score.Sum sum = new Score.Sum();
    forward(
        network,
        pass,
        taps,
        listener,
        evaluated,
        (logits, classes, first) -> {
          long[] decisions = TensorBridge.toLongs(logits.argmax(new LongOptional(1), false)); // (n)
          long right = 0;
          for (int j = 0; j < decisions.length; j++) {
            predicted[first + j] = (int) decisions[j];
            labels[first + j] = classes[j];
            right += decisions[j] == classes[j] ? 1 : 0;
          }
          Tensor labels64 =
              TensorBridge.indices(classes, classes.length)
                  .to(logits.device(), ScalarType.Long); // (n)
          sum.add(loss.of(logits, labels64).item_double(), right, decisions.length);
        });
    return new Evaluation(sum.mean(), predicted, labels, null);
  }

  /**
   * What a head makes of a network's representation of samples, whose classes need not be the
   * network's: the softmax of its logits (n,K), in the pass's order.
   */
  public static double[][] probabilities(
      Network network, Head.Classifier head, Batches pass, IntConsumer evaluated) {
    double[][] probabilities = new double[pass.count()][];
    listen(
        network,
        pass,
        List.of(network.representation()),
        (tap, features, classes, first) -> {
          int width = head.weights().columns();
          double[] values = TensorBridge.toDoubles(features); // (n,D)
          for (int i = 0; i < classes.length; i++) {
            probabilities[first + i] = softmax(head, values, i * width);
          }
        },
        evaluated);
    return probabilities;
  }

  private static double[] softmax(Head.Classifier head, double[] values, int at) {
    double[] logits = head.bias().clone();
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < logits.length; k++) {
      for (int d = 0; d < head.weights().columns(); d++) {
        logits[k] += head.weights().get(k, d) * values[at + d];
      }
      largest = Math.max(largest, logits[k]);
    }
    double sum = 0;
    for (int k = 0; k < logits.length; k++) {
      logits[k] = Math.exp(logits[k] - largest);
      sum += logits[k];
    }
    for (int k = 0; k < logits.length; k++) {
      logits[k] /= sum;
    }
    return logits;
  }

  /** Nothing but what {@code listener} hears: of images whose classes are not the network's. */
  public static void listen(
      Network network,
      Batches pass,
      Collection<TapPoint> taps,
      TapListener listener,
      IntConsumer evaluated) {
    forward(network, pass, taps, listener, evaluated, (logits, classes, first) -> {});
  }

  /** What is done with the logits (n,K) of a batch. */
  private interface Decided {
    void batch(Tensor logits, int[] classes, int first);
  }

  private static void forward(
      Network network,
      Batches pass,
      Collection<TapPoint> taps,
      TapListener listener,
      IntConsumer evaluated,
      Decided decided) {
    network.setTraining(false);
    Network entered = network.from(pass.entry());
    for (int i = 0; i < pass.batches(); i++) {
      int batch = i;
      int first = i * pass.batchSize();
      TensorScope.runWithoutGradients(
          () -> {
            int[] classes = pass.labels(batch);
            Tensor logits =
                entered.forward(
                    pass.input(batch),
                    taps,
                    (tap, values) -> listener.heard(tap, values, classes, first)); // (n,K)
            decided.batch(logits, classes, first);
          });
      evaluated.accept(pass.size(i));
    }
  }
}
