package dev.collapsar.learn.adapter.layout;

import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.part.HadamardPart;
import dev.collapsar.learn.adapter.part.KroneckerPart;
import dev.collapsar.learn.adapter.part.Lengths;
import dev.collapsar.learn.adapter.part.Product;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** The tensors of a LoKr module, as PEFT and LyCORIS both name them. */
final class KronTensors {
  static final List<String> NAMES =
      List.of("lokr_w1", "lokr_w1_a", "lokr_w1_b", "lokr_w2", "lokr_w2_a", "lokr_w2_b", "lokr_t2");

  private KronTensors() {}

  /** The rank, of the second factor or else of the first; none if both are full. */
  static OptionalInt rank(String module, Map<String, FileTensor> tensors) {
    for (String name : List.of("lokr_w2_b", "lokr_w1_b")) {
      if (tensors.containsKey(name)) {
        return OptionalInt.of(Lengths.index(PeftNames.require(module, tensors, name).shape()[0]));
      }
    }
    return OptionalInt.empty();
  }

  /**
   * @param mixes whether a full second factor of three dimensions mixes axes, as in PEFT
   */
  static KroneckerPart part(
      String module, Map<String, FileTensor> tensors, double scale, boolean mixes) {
    Product.Lazy first =
        tensors.containsKey("lokr_w1")
            ? whole(module, tensors.get("lokr_w1"))
            : HadamardPart.half(
                module,
                PeftNames.require(module, tensors, "lokr_w1_a"),
                PeftNames.require(module, tensors, "lokr_w1_b"));
    FileTensor full = tensors.get("lokr_w2");
    boolean mixed = mixes && full != null && full.shape().length == 3;
    int taps = full == null ? 1 : Lengths.index(Lengths.product(full.shape(), 2));
    return new KroneckerPart(
        first, second(module, tensors), taps, mixed, rank(module, tensors).orElse(0), scale);
  }

  private static Product.Lazy second(String module, Map<String, FileTensor> tensors) {
    if (tensors.containsKey("lokr_w2")) {
      return whole(module, tensors.get("lokr_w2"));
    }
    FileTensor a = PeftNames.require(module, tensors, "lokr_w2_a");
    FileTensor b = PeftNames.require(module, tensors, "lokr_w2_b");
    FileTensor core = tensors.get("lokr_t2");
    return core == null ? HadamardPart.half(module, a, b) : HadamardPart.half(module, core, a, b);
  }

  private static Product.Lazy whole(String module, FileTensor matrix) {
    Lengths.require(matrix.shape().length >= 2, module, "a factor of the wrong shape", matrix);
    int width = Lengths.index(Lengths.product(matrix.shape(), 1));
    return new Product.Lazy(
        matrix.shape()[0],
        width,
        0,
        matrix.elements(),
        () -> Product.whole(matrix.toDoubles(), width));
  }
}
