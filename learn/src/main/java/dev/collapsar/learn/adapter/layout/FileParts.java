package dev.collapsar.learn.adapter.layout;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.part.Additive;
import dev.collapsar.learn.adapter.part.DoraPart;
import dev.collapsar.learn.adapter.part.Lengths;
import dev.collapsar.learn.adapter.part.LowRankPart;
import dev.collapsar.learn.adapter.part.Part;
import dev.collapsar.learn.adapter.part.Product;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * The tensors of a layer in the single files of kohya, LyCORIS, diffusers and ComfyUI, under one
 * name each: LoRA with {@code mid} (a CP or Tucker core), LoHa and LoKr, with {@code alpha} and
 * {@code dora_scale}.
 */
final class FileParts {
  static final String DOWN = "down";
  static final String UP = "up";
  static final String MID = "mid";
  static final String ALPHA = "alpha";
  static final String DORA_SCALE = "dora_scale";
  static final String MAGNITUDE = "magnitude";

  /** As files spell them, to ours. */
  private static final Map<String, String> SPELLINGS = spellings();

  private FileParts() {}

  private static Map<String, String> spellings() {
    Map<String, String> known = new HashMap<>();
    for (String name :
        List.of(
            "lora_down.weight",
            "lora.down.weight",
            "lora_linear_layer.down.weight",
            "lora_A.weight",
            "lora_A.default.weight",
            "lora_A",
            "lora_down")) {
      known.put(name, DOWN);
      known.put(name.replace("down", "up").replace("_A", "_B"), UP);
    }
    known.put("lora_mid.weight", MID);
    known.put(ALPHA, ALPHA);
    known.put(DORA_SCALE, DORA_SCALE);
    known.put("lora_magnitude_vector", MAGNITUDE);
    known.put("lora_magnitude_vector.weight", MAGNITUDE);
    HadaTensors.NAMES.forEach(name -> known.put(name, name));
    KronTensors.NAMES.forEach(name -> known.put(name, name));
    return Collections.unmodifiableMap(known);
  }

  /** Our name of a part as files spell it. */
  static Optional<String> named(String spelled) {
    return Optional.ofNullable(SPELLINGS.get(spelled));
  }

  /** All spellings with ours, the longest first. */
  static Map<String, String> longestFirst() {
    Map<String, String> sorted =
        new TreeMap<>(
            (a, b) -> a.length() == b.length() ? a.compareTo(b) : b.length() - a.length());
    sorted.putAll(SPELLINGS);
    return sorted;
  }

  /** The scale for a rank. */
  @FunctionalInterface
  interface Scale {
    double of(int rank);
  }

  /**
   * The layer's update.
   *
   * @param otherwise the scale where the file has no alpha
   */
  static Part part(String layer, Map<String, FileTensor> tensors, Scale otherwise) {
    OptionalDouble alpha = alpha(layer, tensors.get(ALPHA));
    Scale scale = rank -> alpha.isPresent() ? alpha.getAsDouble() / rank : otherwise.of(rank);
    Additive added = added(layer, tensors, scale);
    if (tensors.containsKey(MAGNITUDE)) {
      return new DoraPart(added, tensors.get(MAGNITUDE), false);
    }
    FileTensor norms = tensors.get(DORA_SCALE);
    if (norms == null) {
      return added;
    }
    long[] shape = norms.shape();
    boolean perInput = shape.length > 1 && shape[0] == 1 && shape[1] == norms.elements();
    return new DoraPart(added, norms, perInput);
  }

  private static Additive added(String layer, Map<String, FileTensor> tensors, Scale scale) {
    if (tensors.containsKey("hada_w1_b")) {
      return HadaTensors.part(layer, tensors, scale.of(HadaTensors.rank(layer, tensors)));
    }
    if (tensors.keySet().stream().anyMatch(KronTensors.NAMES::contains)) {
      // Both factors full: 1 whatever alpha says.
      double factor =
          KronTensors.rank(layer, tensors).stream().mapToDouble(scale::of).findAny().orElse(1);
      return KronTensors.part(layer, tensors, factor, false);
    }
    FileTensor down = PeftNames.require(layer, tensors, DOWN);
    FileTensor up = PeftNames.require(layer, tensors, UP);
    double factor = scale.of(Lengths.index(down.shape()[0]));
    FileTensor mid = tensors.get(MID);
    return mid == null
        ? LowRankPart.of(layer, down, up, factor)
        : decomposed(layer, down, mid, up, factor);
  }

  /** delta[o,i,k] = sum_mn mid[m,n,k] up[o,m] down[n,i]. */
  private static Additive decomposed(
      String layer, FileTensor down, FileTensor mid, FileTensor up, double factor) {
    long[] core = mid.shape();
    Lengths.require(
        core.length > 2
            && down.shape().length >= 2
            && core[0] == Lengths.product(up.shape(), 1)
            && core[1] == down.shape()[0]
            && Lengths.product(down.shape(), 2) == 1,
        layer,
        "factors of disagreeing rank",
        down,
        mid,
        up);
    long[] kernel = core.clone();
    kernel[1] = down.shape()[1];
    int rank = Lengths.index(core[0]);
    return new LowRankPart(
        new Product.Lazy(
            up.shape()[0],
            Lengths.product(kernel, 1),
            rank,
            down.elements() + mid.elements() + up.elements(),
            () -> Product.of(up.toDoubles(), Product.kernel(mid, down), rank)),
        Arrays.copyOfRange(kernel, 1, kernel.length),
        factor);
  }

  private static OptionalDouble alpha(String layer, FileTensor tensor) {
    if (tensor == null) {
      return OptionalDouble.empty();
    }
    double alpha = Double.NaN;
    if (tensor.elements() == 1 && tensor.isFloating()) {
      alpha = tensor.toDoubles()[0];
    } else if (tensor.elements() == 1 && tensor.typeName().equals("I64")) {
      alpha = tensor.stored().data().getLong(0);
    }
    if (!Double.isFinite(alpha) || alpha == 0) { // to some readers 0 means 0, to others the rank
      throw new InvalidInputException(
          "'%s.alpha' is %s, must be one finite number but 0"
              .formatted(layer, Double.isNaN(alpha) ? tensor.toString() : alpha));
    }
    return OptionalDouble.of(alpha);
  }

  /** What to say of a tensor that is none of these parts. */
  static String foreign(String tensor) {
    return ("tensor '%s' is no part of a LoRA, LoHa or LoKr layer: other kinds in such files are"
            + " not implemented here")
        .formatted(tensor);
  }
}
