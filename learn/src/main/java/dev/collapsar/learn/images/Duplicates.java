package dev.collapsar.learn.images;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntFunction;

/**
 * Images that are the same, pixel by pixel, where a fair measurement has none: twice in training,
 * in training and test, or in two classes. Rows count through training images, then test images.
 *
 * @param repeated how many training images repeat an earlier one
 * @param testImages how many test images are training images too
 * @param leaked of the first of them the test image and its training image; empty if there is none
 * @param inTwoClasses how many different images stand in more than one class
 * @param contradicting of the first of them two images; empty if there is none
 */
public record Duplicates(
    int repeated,
    int testImages,
    List<Integer> leaked,
    int inTwoClasses,
    List<Integer> contradicting) {

  /** Those of two sets; none if their images differ in size. */
  public static Duplicates among(ImageSet train, ImageSet test) {
    if (!train.shape().equals(test.shape())) {
      return new Duplicates(0, 0, List.of(), 0, List.of());
    }
    Both both = new Both(train, test);
    int repeated = 0;
    int testImages = 0;
    List<Integer> leaked = List.of();
    int inTwoClasses = 0;
    List<Integer> contradicting = List.of();
    for (List<Integer> same : SameImages.groups(both)) {
      int first = same.get(0);
      List<Integer> tested = same.stream().filter(row -> row >= train.count()).toList();
      repeated += Math.max(0, same.size() - tested.size() - 1);
      if (first < train.count() && !tested.isEmpty()) {
        testImages += tested.size();
        if (leaked.isEmpty() || tested.get(0) < leaked.get(0)) {
          leaked = List.of(tested.get(0), first);
        }
      }
      OptionalInt other =
          same.stream()
              .mapToInt(row -> row)
              .filter(row -> both.label(row) != both.label(first))
              .findFirst();
      if (other.isPresent()) {
        inTwoClasses++;
        contradicting = contradicting.isEmpty() ? List.of(first, other.getAsInt()) : contradicting;
      }
    }
    return new Duplicates(repeated, testImages, leaked, inTwoClasses, contradicting);
  }

  /** Training images, then test images. */
  private record Both(ImageSet train, ImageSet test) implements SameImages.Rows {
    @Override
    public int count() {
      return train.count() + test.count();
    }

    @Override
    public int imageSize() {
      return train.imageSize();
    }

    @Override
    public void copy(int row, byte[] image) {
      boolean trained = row < train.count();
      (trained ? train : test).pixels().copy(trained ? row : row - train.count(), image, 0);
    }

    int label(int row) {
      return row < train.count() ? train.labels()[row] : test.labels()[row - train.count()];
    }
  }

  /**
   * What there is to say, in sentences.
   *
   * @param tests how many test images there are
   * @param name of the image in a row
   */
  public List<String> sentences(int tests, IntFunction<String> name) {
    List<String> sentences = new ArrayList<>();
    if (repeated > 0) {
      sentences.add(
          ("%s training %s an earlier one, pixel by pixel: within their classes such pull"
                  + " NC1 towards 0")
              .formatted(repeated, repeated == 1 ? "image repeats" : "images repeat"));
    }
    if (testImages > 0) {
      sentences.add(
          "%s of %s test images %s, pixel by pixel, the first %s (%s)"
              .formatted(
                  testImages,
                  tests,
                  testImages == 1 ? "is a training image too" : "are training images too",
                  name.apply(leaked.get(0)),
                  name.apply(leaked.get(1))));
    }
    if (inTwoClasses > 0) {
      sentences.add(
          "%s %s in more than one class, the first as %s and %s"
              .formatted(
                  inTwoClasses,
                  inTwoClasses == 1 ? "image stands" : "images stand",
                  name.apply(contradicting.get(0)),
                  name.apply(contradicting.get(1))));
    }
    return sentences;
  }
}
