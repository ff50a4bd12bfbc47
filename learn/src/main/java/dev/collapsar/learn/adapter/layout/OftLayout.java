package dev.collapsar.learn.adapter.layout;

import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.part.Lengths;
import dev.collapsar.learn.adapter.part.OftPart;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * PEFT's OFT as it is since 0.14 (its tensors before were others), with {@code use_cayley_neumann}
 * since 0.18. The size of a block is read off the tensor, as PEFT adjusts it to a divisor.
 */
final class OftLayout extends PeftMethod {
  private static final String R = "oft_R.weight";
  private static final String EMBEDDING_R = "oft_embedding_R.weight";

  OftLayout() {
    super("OFT", R, EMBEDDING_R);
  }

  @Override
  Optional<String> obstacle(PeftConfig config, PeftNames names) {
    if (!config.isSet("oft_block_size") && !config.isSet("r")) {
      return Optional.of("oft_block_size is missing: PEFT's OFT before 0.14 is another layout");
    }
    boolean old = config.flag("use_cayley_neumann", false) && !config.isSet("peft_version");
    return old
        ? Optional.of("use_cayley_neumann without peft_version: the series before 0.18 is another")
        : Optional.empty();
  }

  @Override
  List<Target> targets(
      String path, Map<String, FileTensor> tensors, PeftNames names, PeftConfig config) {
    String module = PeftNames.plain(path);
    FileTensor triangles = tensors.getOrDefault(R, tensors.get(EMBEDDING_R));
    int size = OftPart.size(triangles.shape()[triangles.shape().length - 1]);
    Lengths.require(
        triangles.shape().length == 2 && triangles.shape()[0] > 0 && size > 0,
        module,
        "no triangles of square blocks",
        triangles);
    boolean series = config.flag("use_cayley_neumann", false);
    double longest =
        config.flag("coft", false)
            ? config.number("eps", 6e-5) / Math.sqrt(triangles.shape()[0])
            : Double.POSITIVE_INFINITY;
    OftPart part =
        new OftPart(
            triangles,
            size,
            config.flag("block_share", false),
            series ? config.positive("num_cayley_neumann_terms", 5) : 0,
            longest,
            tensors.containsKey(EMBEDDING_R));
    return List.of(Target.of(module, "weight", part));
  }
}
