package dev.collapsar.learn.recipe.finetune;

import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.Evaluation;
import dev.collapsar.learn.training.LearnMetrics;
import dev.collapsar.learn.training.TrainingDiverged;
import dev.collapsar.learn.variant.EpochMetrics;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import java.util.Collection;
import java.util.List;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * What a network still knows of its base's own task: the base's head, as it came, on the
 * representation as it is now.
 *
 * @param head of the base before it was renewed, for the classes of {@code test}
 */
record BaseMemory(Head.Classifier head, Pass test) implements EpochMetrics {
  @Override
  public Collection<Measurement> of(
      Network network, List<Evaluation> tests, IntConsumer evaluated) {
    Matrix weights = head.weights();
    float[] values = new float[weights.rows() * weights.columns()]; // (K,D)
    for (int k = 0; k < weights.rows(); k++) {
      for (int d = 0; d < weights.columns(); d++) {
        values[k * weights.columns() + d] = (float) weights.get(k, d);
      }
    }
    float[] biases = new float[head.bias().length];
    for (int k = 0; k < biases.length; k++) {
      biases[k] = (float) head.bias()[k];
    }
    long[] right = new long[1];
    boolean[] finite = {true};
    Evaluation.listen(
        network,
        test,
        List.of(network.representation()),
        (tap, features, classes, first) ->
            TensorScope.runWithoutGradients(
                () -> {
                  Tensor w = TensorBridge.floats(values, weights.rows(), weights.columns());
                  Tensor b = TensorBridge.floats(biases, biases.length);
                  Tensor logits = features.cpu().matmul(w.t()).add(b); // (n,K)
                  finite[0] &= Double.isFinite(logits.sum().item_double());
                  long[] decided = TensorBridge.toLongs(logits.argmax(new LongOptional(1), false));
                  for (int i = 0; i < decided.length; i++) {
                    right[0] += decided[i] == classes[i] ? 1 : 0;
                  }
                }),
        evaluated);
    return List.of(
        finite[0]
            ? Measurement.of(LearnMetrics.ACCURACY_BASE, (double) right[0] / test.count())
            : Measurement.undefined(LearnMetrics.ACCURACY_BASE, TrainingDiverged.REASON));
  }

  @Override
  public int samples() {
    return test.count();
  }
}
