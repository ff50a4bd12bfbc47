package dev.collapsar.learn.adapter.layout;

import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.part.BatPart;
import dev.collapsar.learn.adapter.part.Lengths;
import dev.collapsar.learn.adapter.part.MissPart;
import java.util.List;
import java.util.Map;

/** PEFT's MISS: {@code init_weights} decides the formula. */
final class MissLayout extends PeftMethod {
  MissLayout() {
    super("MISS", "miss_block");
  }

  @Override
  List<Target> targets(
      String path, Map<String, FileTensor> tensors, PeftNames names, PeftConfig config) {
    String module = PeftNames.plain(path);
    FileTensor block = tensors.get("miss_block");
    boolean bat = config.isText("init_weights") && config.spelled("init_weights").equals("bat");
    long[] shape = block.shape();
    Lengths.require(
        bat ? shape.length == 3 && shape[1] == shape[2] : shape.length == 2 && shape[1] > 0,
        module,
        "a block of the wrong shape for init_weights " + config.spelled("init_weights"),
        block);
    return List.of(Target.of(module, "weight", bat ? new BatPart(block) : new MissPart(block)));
  }
}
