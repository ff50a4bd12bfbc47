package dev.collapsar.learn.batch;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * The input of a network: tensors by name, of which the first dimension counts the samples. The
 * tensors belong to the scope of whoever asked for the input.
 *
 * @param named at least one; in the order in which they were given
 */
public record Input(Map<String, Tensor> named) {
  /** The name of images. */
  public static final String PIXELS = "pixels";

  /** The name of a single tensor of which nothing else is known. */
  public static final String ARRAY = "input";

  /**
   * @throws IllegalArgumentException if there is no tensor, or they count different samples
   */
  public Input {
    named = Collections.unmodifiableMap(new LinkedHashMap<>(named));
    if (named.values().stream().mapToLong(tensor -> tensor.size(0)).distinct().count() != 1) {
      throw new IllegalArgumentException(
          "an input needs tensors of as many samples each, got "
              + String.join(", ", named.entrySet().stream().map(Input::said).toList()));
    }
  }

  private static String said(Map.Entry<String, Tensor> entry) {
    return "%s of %s".formatted(entry.getValue().size(0), entry.getKey());
  }

  /** A single tensor (n, ...) under the name {@value #ARRAY}. */
  public static Input of(Tensor tensor) {
    return new Input(Map.of(ARRAY, tensor));
  }

  /** Images (n,c,h,w) under the name {@value #PIXELS}. */
  public static Input pixels(Tensor images) {
    return new Input(Map.of(PIXELS, images));
  }

  /**
   * The one tensor that there is.
   *
   * @throws IllegalArgumentException if there are more
   */
  public Tensor only() {
    if (named.size() != 1) {
      throw new IllegalArgumentException(
          "one input is wanted, got " + String.join(", ", named.keySet()));
    }
    return named.values().iterator().next();
  }

  /** The number of samples. */
  public int count() {
    return Math.toIntExact(named.values().iterator().next().size(0));
  }
}
