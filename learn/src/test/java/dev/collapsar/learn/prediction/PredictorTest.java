package dev.collapsar.learn.prediction;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.Normalized;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.script.ScriptOptions;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import dev.collapsar.stats.ClassMoments;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictorTest {
  private static final InputSpec.Image INPUT =
      new InputSpec.Image(1, 8, 8, List.of(.5), List.of(.25));

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void write() {
    file = folder.resolve("mlp.safetensors");
    try (Network network = LayerNetwork.initialized(new Mlp(List.of(64, 6, 3)), new Seed(1))) {
      network.describe(network.card().withInput(INPUT).withClasses(List.of("cat", "dog", "newt")));
      NetworkFile.write(file, network);
    }
  }

  private static byte[] png(int seed, int size) {
    BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_BYTE_GRAY);
    Random random = new Random(seed);
    for (int i = 0; i < size * size; i++) {
      image.getRaster().setSample(i % size, i / size, 0, random.nextInt(256));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }

  @Test
  void manyThreadsShareOneAndGetWhatOneWouldGet() throws Exception {
    List<byte[]> images = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      images.add(png(i, i % 2 == 0 ? 8 : 20)); // as they are, and resized
    }
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try (Predictor predictor = Predictor.open(file)) {
      List<Prediction> alone = images.stream().map(predictor::predict).toList();
      List<Future<Prediction>> asked = new ArrayList<>();
      for (int round = 0; round < 5; round++) {
        images.forEach(image -> asked.add(pool.submit(() -> predictor.predict(image))));
      }
      for (int i = 0; i < asked.size(); i++) {
        Prediction expected = alone.get(i % images.size());
        Prediction got = asked.get(i).get();
        assertEquals(expected.type(), got.type());
        assertArrayEquals(expected.probabilities(), got.probabilities());
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void probabilitiesAreTheSoftmaxOfTheLogitsAndTheClassHasItsName() {
    try (Predictor predictor = Predictor.open(file)) {
      Prediction prediction = predictor.predict(png(3, 8));
      double sum = 0;
      for (double probability : prediction.probabilities()) {
        sum += probability;
        assertTrue(probability <= prediction.probability());
      }
      assertEquals(1, sum, 1e-12);
      assertEquals(List.of("cat", "dog", "newt").get(prediction.index()), prediction.type());
      assertNull(prediction.nearestMean(), "nobody said what it was trained on");
      assertTrue(prediction.mahalanobis().isEmpty());
    }
  }

  /** Of each class one image, some times: each is its own class's mean. */
  @Test
  void anImageThatIsAClassMeanIsNearestToIt() {
    byte[][] one = {png(1, 8), png(2, 8), png(3, 8)};
    List<byte[]> images = List.of(one[0], one[1], one[2], one[0], one[1], one[2]);
    StoredNetworks.Opened opened = StoredNetworks.open(StoredNetworks.Choice.of(file));
    ImageSet set =
        CardImages.of(INPUT, images)
            .withClasses(List.of("cat", "dog", "newt"))
            .withLabels(new int[] {0, 1, 2, 0, 1, 2})
            .with(Normalized.entering(INPUT));
    ClassMoments moments =
        FeatureReference.moments(
            opened.network(), OrderedBatches.inOrder(set, 4, new Seed(0)), n -> {});
    assertEquals(2, moments.count(1));
    try (Predictor predictor = Predictor.of(opened, moments)) {
      for (int k = 0; k < 3; k++) {
        Prediction prediction = predictor.predict(one[k]);
        assertEquals(List.of("cat", "dog", "newt").get(k), prediction.nearestMean());
      }
    }
  }

  @Test
  void whatIsNoImageIsSaidAndTheNextIsPredicted() {
    try (Predictor predictor = Predictor.open(file)) {
      assertTrue(
          assertThrows(InvalidInputException.class, () -> predictor.predict(new byte[] {1, 2}))
              .getMessage()
              .contains("image 0 cannot be decoded"));
      assertEquals(2, predictor.predict(List.of(png(1, 8), png(2, 30))).size());
    }
  }

  @Test
  void closingFreesTheNetwork() {
    Predictor.open(file).close(); // what is made once for all is made
    long before = TensorScope.liveObjects();
    try (Predictor predictor = Predictor.open(file)) {
      predictor.predict(png(1, 8));
    }
    assertEquals(before, TensorScope.liveObjects());
  }

  @Test
  void aFolderThatIsNoRunAndAVariantOfAFileAreRefused() {
    assertTrue(
        assertThrows(InvalidInputException.class, () -> Predictor.open(folder))
            .getMessage()
            .contains("no run"));
    StoredNetworks.Choice variant =
        new StoredNetworks.Choice(
            file, Optional.of("full"), Optional.empty(), ScriptOptions.defaults());
    assertTrue(
        assertThrows(InvalidInputException.class, () -> Predictor.open(variant))
            .getMessage()
            .contains("runs have variants"));
  }
}
