package dev.collapsar.learn.images;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    int testImages = 0;
    List<Integer> leaked = List.of();
    int inTwoClasses = 0;
    List<Integer> contradicting = List.of();
    for (List<Integer> same : groups(train, test)) {
      int first = same.get(0);
      if (first < train.count()) {
        List<Integer> tested = same.stream().filter(row -> row >= train.count()).toList();
        testImages += tested.size();
        if (!tested.isEmpty() && (leaked.isEmpty() || tested.get(0) < leaked.get(0))) {
          leaked = List.of(tested.get(0), first);
        }
      }
      int label = label(train, test, first);
      for (int row : same) {
        if (label(train, test, row) != label) {
          inTwoClasses++;
          contradicting = contradicting.isEmpty() ? List.of(first, row) : contradicting;
          break;
        }
      }
    }
    return new Duplicates(testImages, leaked, inTwoClasses, contradicting);
  }

  /** The rows of each image that is there more than once, in order. */
  private static Iterable<List<Integer>> groups(ImageSet train, ImageSet test) {
    byte[] image = new byte[train.imageSize()];
    long[] hashes = new long[train.count() + test.count()];
    for (int row = 0; row < hashes.length; row++) {
      copy(train, test, row, image);
      hashes[row] = hash(image);
    }
    Set<Long> repeated = repeated(hashes);
    Map<ByteBuffer, List<Integer>> groups = new LinkedHashMap<>();
    for (int row = 0; row < hashes.length; row++) {
      if (repeated.contains(hashes[row])) {
        byte[] key = new byte[image.length]; // hashes may meet by chance, bytes do not
        copy(train, test, row, key);
        groups.computeIfAbsent(ByteBuffer.wrap(key), k -> new ArrayList<>()).add(row);
      }
    }
    groups.values().removeIf(rows -> rows.size() < 2);
    return groups.values();
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

  private static void copy(ImageSet train, ImageSet test, int row, byte[] image) {
    boolean first = row < train.count();
    (first ? train : test).pixels().copy(first ? row : row - train.count(), image, 0);
  }

  private static int label(ImageSet train, ImageSet test, int row) {
    return row < train.count() ? train.labels()[row] : test.labels()[row - train.count()];
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
          "%d of %d test images %s, pixel by pixel, the first %s (%s)"
              .formatted(
                  testImages,
                  tests,
                  testImages == 1 ? "is a training image too" : "are training images too",
                  name.apply(leaked.get(0)),
                  name.apply(leaked.get(1))));
    }
    if (inTwoClasses > 0) {
      sentences.add(
          "%d %s in more than one class, the first as %s and %s"
              .formatted(
                  inTwoClasses,
                  inTwoClasses == 1 ? "image stands" : "images stand",
                  name.apply(contradicting.get(0)),
                  name.apply(contradicting.get(1))));
    }
    return sentences;
  }
}
