package dev.collapsar.cli.network;

import dev.collapsar.learn.dataset.PlacedImages;
import dev.collapsar.learn.prediction.Prediction;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The prediction of an image.
 *
 * @param label the class that it lies in, if that is one of the network's
 */
record PredictedImage(String file, Prediction prediction, Optional<String> label) {
  /**
   * Of the images of a place.
   *
   * @param before what their paths in it are named behind
   */
  static List<PredictedImage> of(
      PlacedImages images, String before, List<Prediction> predictions, List<String> classes) {
    return IntStream.range(0, predictions.size())
        .mapToObj(
            i ->
                new PredictedImage(
                    before + images.files().get(i),
                    predictions.get(i),
                    Optional.of(images.types().get(i)).filter(classes::contains)))
        .toList();
  }

  boolean isRight() {
    return label.filter(prediction.type()::equals).isPresent();
  }
}
