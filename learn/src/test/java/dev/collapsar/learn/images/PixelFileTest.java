package dev.collapsar.learn.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PixelFileTest {
  @TempDir private Path folder;

  @Test
  void aMappedSetIsTheSameAsOneInMemory() throws IOException {
    ImageSet inMemory = RandomImages.of(40, 6, 5, 4);
    ImageSet mapped = mapped(inMemory, inMemory.imageSize() + 7);
    assertArrayEquals(PixelBytes.of(inMemory), PixelBytes.of(mapped));
    assertEquals(inMemory.fingerprint(), mapped.fingerprint());
    assertEquals(Normalized.by(inMemory), Normalized.by(mapped));
    List<ImageTransform> transforms = List.of(Normalized.by(inMemory), new Shift(25, 0.1));
    for (ImageTransform transform : transforms) {
      assertArrayEquals(
          inputs(inMemory.with(transform)), inputs(mapped.with(transform)), transform.toString());
      assertArrayEquals(
          inputs(inMemory.sample(20, new SplittableRandom(2)).with(transform)),
          inputs(mapped.sample(20, new SplittableRandom(2)).with(transform)),
          transform.toString());
    }
  }

  @Test
  void rowsOfRowsAreTheImagesMeant() throws IOException {
    ImageSet inMemory = RandomImages.of(9, 4, 4, 3);
    int[] first = {8, 1, 5, 0};
    int[] second = {3, 0};
    int[] direct = {0, 8};
    for (ImageSet set : List.of(inMemory, mapped(inMemory, 16))) {
      ImageSet twice = set.subset(first).subset(second);
      assertArrayEquals(PixelBytes.of(set.subset(direct)), PixelBytes.of(twice));
      assertArrayEquals(set.subset(direct).labels(), twice.labels());
    }
  }

  /** 20,000 images of 224x224 are 3.01 GB, most of it a hole: no array holds them. */
  @Test
  void imagesBeyondTwoGigabytesAreFoundAtTheirPlaces() throws IOException {
    int size = 3 * 224 * 224;
    int count = 20_000;
    int[] written = {0, 7_132, 7_133, 14_265, 14_266, 14_267, 19_999};
    try (PixelFile.Writer writer = PixelFile.Writer.in(folder, size)) {
      for (int row : written) {
        byte[] image = new byte[size];
        new SplittableRandom(row).nextBytes(image);
        writer.write(row, image);
      }
      PixelFile pixels = writer.pixels(count, size);
      ImageSet images =
          new ImageSet("holes", pixels, new int[count], 3, 224, 224, List.of("one"), null);
      byte[] found = new byte[size];
      for (int row : written) {
        byte[] expected = new byte[size];
        new SplittableRandom(row).nextBytes(expected);
        pixels.copy(row, found, 0);
        assertArrayEquals(expected, found, "image " + row);
      }
      images.pixels().copy(14_268, found, 0);
      assertArrayEquals(new byte[size], found);
    }
  }

  @Test
  void nothingIsLeftOfTheFile() throws IOException {
    ImageSet mapped = mapped(RandomImages.of(3, 4, 4, 3), 16);
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(), files.toList());
    }
    assertEquals(3, mapped.count());
  }

  private ImageSet mapped(ImageSet images, int stride) throws IOException {
    byte[] image = new byte[images.imageSize()];
    try (PixelFile.Writer writer = PixelFile.Writer.in(folder, stride)) {
      for (int i = 0; i < images.count(); i++) {
        images.pixels().copy(i, image, 0);
        writer.write(i, image);
      }
      return new ImageSet(
          images.name(),
          writer.pixels(images.count(), images.imageSize()),
          images.labels(),
          images.channels(),
          images.height(),
          images.width(),
          images.classes(),
          images.sha256());
    }
  }

  private static float[] inputs(ImageSet images) {
    OrderedBatches pass = OrderedBatches.shuffled(images, images.count(), new Seed(5));
    return TensorScope.within(() -> TensorBridge.toFloats(pass.input(0).only()));
  }
}
