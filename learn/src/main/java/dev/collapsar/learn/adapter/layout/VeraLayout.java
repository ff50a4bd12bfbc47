package dev.collapsar.learn.adapter.layout;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.part.Lengths;
import dev.collapsar.learn.adapter.part.VeraPart;
import dev.collapsar.learn.adapter.part.VeraProjection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** PEFT's VERA, with its projection in the file or drawn anew from {@code projection_prng_key}. */
final class VeraLayout extends PeftMethod {
  private static final String A = "vera_A";
  private static final String B = "vera_B";

  VeraLayout() {
    super("VERA", "vera_lambda_b", "vera_lambda_d");
  }

  @Override
  List<Target> targets(
      String path, Map<String, FileTensor> tensors, PeftNames names, PeftConfig config) {
    String module = PeftNames.plain(path);
    FileTensor b = PeftNames.require(module, tensors, "vera_lambda_b");
    FileTensor d = PeftNames.require(module, tensors, "vera_lambda_d");
    FileTensor a = names.saved().get(A);
    FileTensor shared = names.saved().get(B);
    if ((a == null) != (shared == null)) {
      throw new InvalidInputException("vera_A and vera_B: one is saved without the other");
    }
    VeraProjection projection =
        a == null
            ? new VeraProjection.Drawn(
                (long) config.number("projection_prng_key", 0), (int) d.elements())
            : new VeraProjection.Saved(a, shared);
    if (a != null) {
      Lengths.require(
          a.shape().length == 2
              && shared.shape().length == 2
              && a.shape()[0] == d.elements()
              && shared.shape()[1] == d.elements(),
          module,
          "factors of disagreeing rank",
          a,
          shared,
          d);
    }
    return List.of(Target.of(module, "weight", new VeraPart(b, d, projection)));
  }

  @Override
  Map<String, FileTensor> saved(PeftNames names) {
    Map<String, FileTensor> saved = new TreeMap<>(names.saved());
    saved.keySet().removeAll(List.of(A, B));
    return saved;
  }
}
