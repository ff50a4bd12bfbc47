package dev.collapsar.learn.batch;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** The kind of one sample, as plain data: what samples offer and networks expect. */
public sealed interface InputSpec {
  /** The dimensions of one sample's tensors, without the one that counts samples. */
  List<Long> shape();

  /** The number of values that a sample has. */
  default long size() {
    return shape().stream().reduce(1L, Math::multiplyExact);
  }

  /**
   * Images of which pixel v in 0..255 of channel c enters as (v / 255 - mean[c]) / std[c].
   *
   * @param mean (channels); 0 everywhere for plain [0, 1]
   * @param std (channels), above 0; 1 everywhere for plain [0, 1]
   * @param preparation how images of other sizes become such ones; empty if nobody said
   */
  record Image(
      int channels,
      int height,
      int width,
      List<Double> mean,
      List<Double> std,
      Optional<Preparation> preparation)
      implements InputSpec {
    /** Of which nobody said how images of other sizes become such ones. */
    public Image(int channels, int height, int width, List<Double> mean, List<Double> std) {
      this(channels, height, width, mean, std, Optional.empty());
    }

    public Image {
      mean = List.copyOf(mean);
      std = List.copyOf(std);
      requirePositive(channels, height, width);
      if (mean.size() != channels || std.size() != channels) {
        throw new IllegalArgumentException(
            "%s channels need as many means and stds, got %s and %s"
                .formatted(channels, mean, std));
      }
      if (!mean.stream().allMatch(Double::isFinite) || std.stream().anyMatch(d -> !(d > 0))) {
        throw new IllegalArgumentException(
            "means must be finite and stds above 0, got %s and %s".formatted(mean, std));
      }
      if (preparation.filter(p -> p.shortSide() < Math.max(height, width)).isPresent()) {
        throw new IllegalArgumentException(
            "%s cannot give images of %sx%s".formatted(preparation.get(), height, width));
      }
    }

    /** The same, for images that were prepared so. */
    public Image prepared(Optional<Preparation> how) {
      return new Image(channels, height, width, mean, std, how);
    }

    /** Pixels in [0, 1]. */
    public static Image unit(int channels, int height, int width) {
      return new Image(
          channels,
          height,
          width,
          Collections.nCopies(channels, 0.0),
          Collections.nCopies(channels, 1.0));
    }

    /** Whether pixels enter in [0, 1], with no mean and std of their own. */
    public boolean isUnit() {
      return mean.stream().allMatch(m -> m == 0) && std.stream().allMatch(d -> d == 1);
    }

    /** Channels, height, width. */
    @Override
    public List<Long> shape() {
      return List.of((long) channels, (long) height, (long) width);
    }
  }

  /**
   * Texts as token indices with a mask.
   *
   * @param length tokens a sample at most
   * @param vocabulary token indices lie in 0..vocabulary-1
   */
  record Tokens(int length, int vocabulary) implements InputSpec {
    public Tokens {
      requirePositive(length, vocabulary);
    }

    @Override
    public List<Long> shape() {
      return List.of((long) length);
    }
  }

  /** Numbers of this shape, as they are. */
  record Array(List<Long> shape) implements InputSpec {
    public Array {
      shape = List.copyOf(shape);
      if (shape.isEmpty() || shape.stream().anyMatch(size -> size < 1)) {
        throw new IllegalArgumentException(
            "a sample needs at least one dimension, each at least 1, got " + shape);
      }
    }

    /** Rows of {@code width} numbers. */
    public static Array ofWidth(long width) {
      return new Array(List.of(width));
    }
  }

  private static void requirePositive(int... sizes) {
    for (int size : sizes) {
      if (size < 1) {
        throw new IllegalArgumentException(
            "a sample's sizes must be at least 1, got " + Arrays.toString(sizes));
      }
    }
  }
}
