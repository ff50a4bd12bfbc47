package dev.collapsar.learn.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.evaluation.Loss;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Tensors;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.util.List;
import org.junit.jupiter.api.Test;

class LossTest {
  private static final int ROWS = 7;
  private static final int CLASSES = 4;
  private static final double ROUNDING = ROWS * CLASSES * Math.ulp(1f);
  private static final int[] LABELS = {0, 3, 1, 1, 2, 0, 3};

  @Test
  void meanSquaresAreTheMeanOverSamplesAndClassesOfTheDistanceToOneHotLabels() {
    float[] logits = Tensors.random(ROWS * CLASSES, 1);
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      sum += Math.pow(logits[i] - (LABELS[i / CLASSES] == i % CLASSES ? 1 : 0), 2);
    }
    double expected = sum / logits.length;
    TensorScope.run(
        () ->
            assertEquals(
                expected,
                Loss.MEAN_SQUARES
                    .of(
                        TensorBridge.floats(logits, ROWS, CLASSES),
                        TensorBridge.indices(LABELS, ROWS))
                    .item_double(),
                ROUNDING));
  }

  @Test
  void backpropagationFollowsTheLossThatItIsGiven() {
    // One Linear layer: d/db_k of the mean square is 2 (mean over samples of z_k - e_yk) / K.
    try (Network network = LayerNetwork.initialized(new Mlp(List.of(3, CLASSES)), new Seed(2))) {
      float[] inputs = Tensors.random(ROWS * 3, 3);
      float[] w = TensorBridge.toFloats(network.weights().parameters().get("linear1.weight"));
      float[] b = TensorBridge.toFloats(network.weights().parameters().get("linear1.bias"));
      double[] expected = new double[CLASSES];
      for (int i = 0; i < ROWS; i++) {
        for (int k = 0; k < CLASSES; k++) {
          double error = b[k] - (LABELS[i] == k ? 1 : 0);
          for (int j = 0; j < 3; j++) {
            error += w[k * 3 + j] * inputs[i * 3 + j];
          }
          expected[k] += 2 * error / (ROWS * CLASSES);
        }
      }
      TensorScope.run(
          () -> {
            new Backpropagation(Loss.MEAN_SQUARES)
                .gradients(
                    network,
                    Input.of(TensorBridge.floats(inputs, ROWS, 3)),
                    TensorBridge.indices(LABELS, ROWS));
            float[] found =
                TensorBridge.toFloats(network.weights().parameters().get("linear1.bias").grad());
            for (int k = 0; k < CLASSES; k++) {
              assertEquals(expected[k], found[k], ROUNDING);
            }
          });
    }
  }
}
