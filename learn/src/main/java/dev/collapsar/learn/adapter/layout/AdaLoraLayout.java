package dev.collapsar.learn.adapter.layout;

import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.part.Lengths;
import dev.collapsar.learn.adapter.part.LowRankPart;
import dev.collapsar.learn.adapter.part.Product;
import java.util.List;
import java.util.Map;

/**
 * PEFT's ADALORA (Zhang et al. 2023): W' = W + B (A * E) alpha / (init_r + 1e-5). Pruned ranks are
 * not in the file; the divisor stays.
 */
final class AdaLoraLayout extends PeftMethod {
  AdaLoraLayout() {
    super("ADALORA", "lora_A", "lora_B", "lora_E");
  }

  @Override
  List<Target> targets(
      String path, Map<String, FileTensor> tensors, PeftNames names, PeftConfig config) {
    String module = PeftNames.plain(path);
    FileTensor a = PeftNames.require(module, tensors, "lora_A");
    FileTensor b = PeftNames.require(module, tensors, "lora_B");
    FileTensor e = PeftNames.require(module, tensors, "lora_E");
    double alpha = config.number("lora_alpha", 8);
    double scale =
        (alpha > 0 ? alpha : config.number("r", 8)) / (config.number("init_r", 12) + 1e-5);
    LowRankPart factors = LowRankPart.of(module, a, b, scale);
    int rank = factors.product().rank();
    Lengths.require(e.elements() == rank, module, "factors of disagreeing rank", a, e);
    Product.Lazy weighted =
        new Product.Lazy(
            factors.product().rows(),
            factors.product().columns(),
            rank,
            factors.parameters() + e.elements(),
            () -> Product.of(b.toDoubles(), scaled(a.toDoubles(), e.toDoubles()), rank));
    return List.of(Target.of(module, "weight", new LowRankPart(weighted, factors.kernel(), scale)));
  }

  private static double[] scaled(double[] a, double[] e) {
    int width = a.length / Math.max(1, e.length); // all ranks of a layer may be pruned
    for (int i = 0; i < a.length; i++) {
      a[i] *= e[i / width];
    }
    return a;
  }
}
