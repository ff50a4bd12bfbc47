package dev.collapsar.learn.adapter.layout;

import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.part.HadamardPart;
import dev.collapsar.learn.adapter.part.Lengths;
import dev.collapsar.learn.adapter.part.Product;
import java.util.List;
import java.util.Map;

/** The tensors of a LoHa module, as PEFT and LyCORIS both name them. */
final class HadaTensors {
  static final List<String> NAMES =
      List.of("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b", "hada_t1", "hada_t2");

  private HadaTensors() {}

  static int rank(String module, Map<String, FileTensor> tensors) {
    return Lengths.index(PeftNames.require(module, tensors, "hada_w1_b").shape()[0]);
  }

  static HadamardPart part(String module, Map<String, FileTensor> tensors, double scale) {
    return new HadamardPart(half(module, tensors, 1), half(module, tensors, 2), scale);
  }

  private static Product.Lazy half(String module, Map<String, FileTensor> tensors, int half) {
    FileTensor a = PeftNames.require(module, tensors, "hada_w%s_a".formatted(half));
    FileTensor b = PeftNames.require(module, tensors, "hada_w%s_b".formatted(half));
    FileTensor core = tensors.get("hada_t" + half);
    return core == null ? HadamardPart.half(module, a, b) : HadamardPart.half(module, core, a, b);
  }
}
