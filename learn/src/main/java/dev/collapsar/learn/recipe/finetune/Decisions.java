package dev.collapsar.learn.recipe.finetune;

import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.Network;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * The decisions of a head on images, and how sure they are.
 *
 * @param labels the true class indices (n)
 * @param predicted the class indices with the largest probability (n)
 * @param sureness those probabilities (n), of which none is a number if a logit was not
 * @param ofTruth the probabilities of the true classes (n)
 */
record Decisions(int[] labels, int[] predicted, double[] sureness, double[] ofTruth) {
  /** By the network's own head. */
  static Decisions of(Network network, OrderedBatches pass, IntConsumer evaluated) {
    return of(network, network.head().classifier(), pass, evaluated);
  }

  static Decisions of(
      Network network, Head.Classifier head, OrderedBatches pass, IntConsumer evaluated) {
    double[][] probabilities = Evaluation.probabilities(network, head, pass, evaluated);
    int n = probabilities.length;
    Decisions decisions = new Decisions(new int[n], new int[n], new double[n], new double[n]);
    for (int i = 0; i < n; i++) {
      double[] own = probabilities[i];
      int best = 0;
      for (int k = 1; k < own.length; k++) {
        best = own[k] > own[best] ? k : best;
      }
      int label = pass.samples().labels()[pass.order()[i]];
      decisions.labels[i] = label;
      decisions.predicted[i] = best;
      decisions.sureness[i] = own[best];
      decisions.ofTruth[i] = own[label];
    }
    return decisions;
  }

  /** The share that is right. */
  double share() {
    return (double) IntStream.range(0, labels.length).filter(this::isRight).count() / labels.length;
  }

  boolean isRight(int image) {
    return labels[image] == predicted[image];
  }
}
