package dev.collapsar.learn.images;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Images that are the same, pixel by pixel, where a fair test has none: in training and test, or in
 * two classes. Rows count through training images, then test images.
 *
 * @param testImages how many test images are training images too
 * @param leaked of the first of them the test image and its training image; empty if there is none
 * @param inTwoClasses how many different images stand in more than one class
 * @param contradicting of the first of them two images; empty if there is none
 */
public record Duplicates(
    int testImages, List<Integer> leaked, int inTwoClasses, List<Integer> contradicting) {
  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long MIXER = 0x9e3779b97f4a7c15L;

  /** Those of two sets; none if their images differ in size. */
  public static Duplicates among(ImageSet train, ImageSet test) {
    if (!train.shape().equals(test.shape())) {
      return new Duplicates(0, List.of(), 0, List.of());
    }
    Both both = new Both(train, test);
    int testImages = 0;
    List<Integer> leaked = List.of();
    int inTwoClasses = 0;
    List<Integer> contradicting = List.of();
    for (List<Integer> same : groups(both)) {
      int first = same.get(0);
      List<Integer> tested = same.stream().filter(row -> row >= train.count()).toList();
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
    return new Duplicates(testImages, leaked, inTwoClasses, contradicting);
  }

  /** Training images, then test images. */
  private record Both(ImageSet train, ImageSet test) {
    int count() {
      return train.count() + test.count();
    }

    void copy(int row, byte[] image) {
      boolean trained = row < train.count();
      (trained ? train : test).pixels().copy(trained ? row : row - train.count(), image, 0);
    }

    int label(int row) {
      return row < train.count() ? train.labels()[row] : test.labels()[row - train.count()];
    }
  }

  /** The rows of each image that is there more than once, in order. */
  private static List<List<Integer>> groups(Both both) {
    byte[] image = new byte[both.train.imageSize()];
    byte[] other = new byte[image.length];
    long[] hashes = new long[both.count()];
    for (int row = 0; row < hashes.length; row++) {
      both.copy(row, image);
      hashes[row] = hash(image);
    }
    Set<Long> repeated = repeated(hashes);
    Map<Long, List<List<Integer>>> byHash = new LinkedHashMap<>();
    for (int row = 0; row < hashes.length; row++) {
      if (repeated.contains(hashes[row])) {
        both.copy(row, image);
        List<List<Integer>> alike = byHash.computeIfAbsent(hashes[row], h -> new ArrayList<>());
        // Hashes may meet by chance, images do not.
        alike.stream()
            .filter(
                group -> {
                  both.copy(group.get(0), other);
                  return Arrays.equals(image, other);
                })
            .findFirst()
            .orElseGet(() -> begun(alike))
            .add(row);
      }
    }
    return byHash.values().stream().flatMap(List::stream).filter(g -> g.size() > 1).toList();
  }

  private static List<Integer> begun(List<List<Integer>> groups) {
    groups.add(new ArrayList<>());
    return groups.get(groups.size() - 1);
  }

  private static Set<Long> repeated(long[] hashes) {
    long[] sorted = hashes.clone();
    Arrays.sort(sorted);
    Set<Long> repeated = new HashSet<>();
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i] == sorted[i - 1]) {
        repeated.add(sorted[i]);
      }
    }
    return repeated;
  }

  private static long hash(byte[] image) {
    long hash = image.length;
    int at = 0;
    for (; at + Long.BYTES <= image.length; at += Long.BYTES) {
      hash = (hash ^ (long) WORDS.get(image, at)) * MIXER;
      hash ^= hash >>> 32;
    }
    for (; at < image.length; at++) {
      hash = (hash ^ image[at]) * MIXER;
    }
    return hash ^ hash >>> 29;
  }

  /**
   * What there is to say, in sentences.
   *
   * @param tests how many test images there are
   * @param name of the image in a row
   */
  public List<String> sentences(int tests, IntFunction<String> name) {
    List<String> sentences = new ArrayList<>();
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
