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
import java.util.Set;

/** Images that are the same, pixel by pixel. */
public final class SameImages {
  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long MIXER = 0x9e3779b97f4a7c15L;

  private SameImages() {}

  /** Whose images are compared: some of one size. */
  interface Rows {
    int count();

    /** Bytes of an image. */
    int imageSize();

    void copy(int row, byte[] image);
  }

  /** The rows of each image that is there more than once, in order. */
  public static List<List<Integer>> groups(Pixels pixels) {
    return groups(
        new Rows() {
          @Override
          public int count() {
            return pixels.count();
          }

          @Override
          public int imageSize() {
            return pixels.imageSize();
          }

          @Override
          public void copy(int row, byte[] image) {
            pixels.copy(row, image, 0);
          }
        });
  }

  static List<List<Integer>> groups(Rows rows) {
    byte[] image = new byte[rows.imageSize()];
    byte[] other = new byte[image.length];
    long[] hashes = new long[rows.count()];
    for (int row = 0; row < hashes.length; row++) {
      rows.copy(row, image);
      hashes[row] = hash(image);
    }
    Set<Long> repeated = repeated(hashes);
    Map<Long, List<List<Integer>>> byHash = new LinkedHashMap<>();
    for (int row = 0; row < hashes.length; row++) {
      if (repeated.contains(hashes[row])) {
        rows.copy(row, image);
        List<List<Integer>> alike = byHash.computeIfAbsent(hashes[row], h -> new ArrayList<>());
        // Hashes may meet by chance, images do not.
        alike.stream()
            .filter(
                group -> {
                  rows.copy(group.get(0), other);
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
}
