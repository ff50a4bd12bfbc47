package dev.collapsar.learn.evaluation;

import static dev.collapsar.learn.tensor.NativeObjects.assertNoneLeft;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.collapsar.data.FeatureArray;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.PixelBytes;
import dev.collapsar.learn.images.RandomImages;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EvaluationTest {
  private static final Seed SEED = new Seed(2);
  private static final ImageSet IMAGES = RandomImages.of(17, 3, 4, 3);

  private final Network network = LayerNetwork.initialized(new Mlp(List.of(12, 8, 3)), SEED);

  @AfterEach
  void close() {
    network.close();
  }

  @Test
  void decisionsLossAndFeaturesAreThoseOfPlainArithmetic() {
    Evaluation evaluation = Evaluation.withFeatures(network, pass(5), n -> {});
    float[] features = features(evaluation);

    double loss = 0;
    int right = 0;
    for (int n = 0; n < 17; n++) {
      double[] pixels = new double[12];
      for (int j = 0; j < 12; j++) {
        pixels[j] = Byte.toUnsignedInt(PixelBytes.of(IMAGES)[n * 12 + j]) / 255.0;
      }
      double[] hidden = affine("linear1", pixels);
      for (int j = 0; j < hidden.length; j++) {
        hidden[j] = Math.max(0, hidden[j]);
        assertEquals(hidden[j], features[n * 8 + j], 1e-6); // float32 near 1
      }
      double[] logits = affine("linear2", hidden);
      int best = 0;
      double sum = 0;
      for (int k = 0; k < 3; k++) {
        best = logits[k] > logits[best] ? k : best;
        sum += Math.exp(logits[k]);
      }
      loss += Math.log(sum) - logits[n % 3];
      right += best == n % 3 ? 1 : 0;
      assertEquals(best, evaluation.predicted()[n]);
      assertEquals(n % 3, evaluation.labels()[n]);
    }
    assertEquals(loss / 17, evaluation.score().loss(), 1e-6);
    assertEquals(right / 17.0, evaluation.score().accuracy());
    assertEquals(17, evaluation.score().samples());
  }

  @Test
  void theSizeOfBatchesDoesNotMatter() {
    Evaluation whole = Evaluation.withFeatures(network, pass(17), n -> {});
    Evaluation singly = Evaluation.withFeatures(network, pass(1), n -> {});
    assertArrayEquals(whole.predicted(), singly.predicted());
    assertArrayEquals(features(whole), features(singly), 1e-6f);
    assertEquals(whole.score().loss(), singly.score().loss(), 1e-6);
  }

  @Test
  void featuresAreThereOnlyIfAskedFor() {
    assertNull(Evaluation.of(network, pass(5), n -> {}).features());
  }

  @Test
  void itLeavesNothingAliveAndStopsWhenTold() {
    long before = TensorScope.liveObjects();
    Evaluation.withFeatures(network, pass(5), n -> {});
    assertThrows(
        IllegalStateException.class,
        () ->
            Evaluation.of(
                network,
                pass(5),
                n -> {
                  throw new IllegalStateException("stop");
                }));
    assertNoneLeft(before);
  }

  private static float[] features(Evaluation evaluation) {
    FeatureArray features = evaluation.features();
    return features.read(0, features.rows(), (int) features.rows()).next().floats();
  }

  private static OrderedBatches pass(int batch) {
    return OrderedBatches.inOrder(IMAGES, batch, SEED);
  }

  private double[] affine(String layer, double[] input) {
    Tensor weight = network.weights().parameters().get(layer + ".weight");
    double[] w = TensorBridge.toDoubles(weight);
    double[] output = TensorBridge.toDoubles(network.weights().parameters().get(layer + ".bias"));
    for (int i = 0; i < output.length; i++) {
      for (int j = 0; j < input.length; j++) {
        output[i] += w[i * input.length + j] * input[j];
      }
    }
    return output;
  }
}
