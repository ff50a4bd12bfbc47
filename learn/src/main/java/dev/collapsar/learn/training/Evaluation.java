package dev.collapsar.learn.training;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import dev.collapsar.data.FeatureArray;
import dev.collapsar.learn.images.Batches;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a network in evaluation mode makes of a way through samples.
 *
 * @param predicted the class index with the largest logit, for each sample in the pass's order
 * @param labels the true class indices, likewise
 * @param features the representation before the head, (n,D), with the labels; null where it was not
 *     asked for
 */
public record Evaluation(Score score, int[] predicted, int[] labels, FeatureArray features) {

  /** Scores and decisions; {@code betweenBatches} may throw to stop. */
  public static Evaluation of(Network network, Batches pass, Runnable betweenBatches) {
    return evaluate(network, pass, false, betweenBatches);
  }

  /** Scores, decisions and the representation. */
  public static Evaluation withFeatures(Network network, Batches pass, Runnable betweenBatches) {
    return evaluate(network, pass, true, betweenBatches);
  }

  private static Evaluation evaluate(
      Network network, Batches pass, boolean keepFeatures, Runnable betweenBatches) {
    network.setTraining(false);
    Network entered = network.from(pass.entry());
    int samples = pass.count();
    int width = (int) network.head().weight().original().size(1);
    int[] predicted = new int[samples];
    int[] labels = new int[samples];
    float[] features = new float[keepFeatures ? samples * width : 0];
    Score.Sum sum = new Score.Sum();
    for (int i = 0; i < pass.batches(); i++) {
      betweenBatches.run();
      int batch = i;
      int first = i * pass.batchSize();
      TensorScope.runWithoutGradients(
          () -> {
            Tensor logits =
                entered.forward(
                    pass.inputs(batch),
                    keepFeatures ? List.of(network.representation()) : List.of(),
                    (tap, value) ->
                        TensorBridge.copyFloats(value, features, first * width)); // (n,K)
            long[] decisions =
                TensorBridge.toLongs(logits.argmax(new LongOptional(1), false)); // (n)
            int[] classes = pass.classes(batch);
            long right = 0;
            for (int j = 0; j < decisions.length; j++) {
              predicted[first + j] = (int) decisions[j];
              labels[first + j] = classes[j];
              right += decisions[j] == classes[j] ? 1 : 0;
            }
            Tensor labels64 = pass.labels(batch).to(logits.device(), ScalarType.Long); // (n)
            double loss = cross_entropy_loss(logits, labels64).item_double();
            sum.add(loss, right, decisions.length);
          });
    }
    return new Evaluation(
        sum.mean(),
        predicted,
        labels,
        keepFeatures ? FeatureArray.of(features, labels, width) : null);
  }
}
