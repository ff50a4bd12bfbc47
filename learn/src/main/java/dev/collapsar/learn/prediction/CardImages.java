package dev.collapsar.learn.prediction;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.Pixels;
import dev.collapsar.learn.picture.ImageDecoder;
import dev.collapsar.learn.picture.Picture;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Encoded images in the size and the colours that a network's card says. */
final class CardImages {
  private CardImages() {}

  /**
   * Decodes them, prepared as the card says; where it says nothing, those of another size are
   * resized and cut.
   *
   * @throws InvalidInputException with the image's number, if one cannot be decoded
   */
  static ImageSet of(InputSpec.Image input, List<byte[]> files) {
    int size = input.channels() * input.height() * input.width();
    byte[] pixels = new byte[Math.multiplyExact(files.size(), size)];
    try (ImageDecoder decoder = new ImageDecoder()) {
      for (int i = 0; i < files.size(); i++) {
        decoded(decoder, files.get(i), input, i).copyTo(pixels, i, input.channels());
      }
    }
    return new ImageSet(
        "images",
        Pixels.of(pixels, size),
        new int[files.size()],
        input.channels(),
        input.height(),
        input.width(),
        List.of("any"),
        Map.of(),
        ImageTransform.unit(),
        input.preparation());
  }

  private static Picture decoded(
      ImageDecoder decoder, byte[] file, InputSpec.Image input, int number) {
    try {
      return decoder.decode(file, Optional.of(Picture.Wanted.of(input)));
    } catch (IOException e) {
      throw InvalidInputException.because("image " + number + " cannot be decoded", e);
    }
  }
}
