package dev.collapsar.learn.adapter.layout;

import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.part.BoftPart;
import dev.collapsar.learn.adapter.part.Lengths;
import java.util.List;
import java.util.Map;

/** PEFT's BOFT. */
final class BoftLayout extends PeftMethod {
  BoftLayout() {
    super("BOFT", "boft_R", "boft_s");
  }

  @Override
  List<Target> targets(
      String path, Map<String, FileTensor> tensors, PeftNames names, PeftConfig config) {
    String module = PeftNames.plain(path);
    FileTensor r = PeftNames.require(module, tensors, "boft_R");
    FileTensor s = PeftNames.require(module, tensors, "boft_s");
    long[] shape = r.shape();
    boolean square = shape.length == 4 && shape[2] == shape[3] && shape[0] > 0 && shape[0] < 31;
    Lengths.require(square, module, "no square blocks", r);
    boolean divides = shape[0] == 1 || shape[2] % 2 == 0 && shape[1] % (1L << shape[0] - 1) == 0;
    Lengths.require(divides, module, "blocks that no butterfly permutes", r);
    return List.of(Target.of(module, "weight", new BoftPart(r, s)));
  }
}
