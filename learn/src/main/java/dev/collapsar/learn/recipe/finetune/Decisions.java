package dev.collapsar.learn.recipe.finetune;

import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.Evaluation;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * What a network decides of images, and how surely.
 *
 * @param labels the true class indices (n)
 * @param predicted the class indices with the largest probability (n)
 * @param sureness those probabilities (n)
 * @param ofTruth the probabilities of the true classes (n)
 */
record Decisions(int[] labels, int[] predicted, double[] sureness, double[] ofTruth) {
  static Decisions of(Network network, Pass pass, IntConsumer evaluated) {
    int n = pass.count();
    Decisions decisions = new Decisions(new int[n], new int[n], new double[n], new double[n]);
    Head.Classifier head = network.head().classifier();
    Evaluation.listen(
        network,
        pass,
        List.of(network.representation()),
        (tap, features, classes, first) -> decisions.hear(head, features, classes, first),
        evaluated);
    return decisions;
  }

  private void hear(Head.Classifier head, Tensor features, int[] classes, int first) {
    int width = head.weights().columns();
    double[] values = TensorScope.within(() -> TensorBridge.toDoubles(features)); // (n,D)
    for (int i = 0; i < classes.length; i++) {
      double[] probabilities = probabilities(head, values, i * width);
      int best = 0;
      for (int k = 1; k < probabilities.length; k++) {
        best = probabilities[k] > probabilities[best] ? k : best;
      }
      labels[first + i] = classes[i];
      predicted[first + i] = best;
      sureness[first + i] = probabilities[best];
      ofTruth[first + i] = probabilities[classes[i]];
    }
  }

  /** The softmax of the head's logits of one representation. */
  private static double[] probabilities(Head.Classifier head, double[] values, int at) {
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

  /** The share that is right. */
  double share() {
    return (double) IntStream.range(0, labels.length).filter(this::isRight).count() / labels.length;
  }

  boolean isRight(int image) {
    return labels[image] == predicted[image];
  }
}
