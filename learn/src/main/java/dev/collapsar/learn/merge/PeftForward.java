package dev.collapsar.learn.merge;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Where the network that PEFT runs with an adapter computes otherwise than the merged weights. */
final class PeftForward {
  private static final String PROJECTION = ".out_proj.weight";

  private static final String TWICE =
      ": of a MultiheadAttention; its update is added once, where PEFT up to 0.21.2 adds it twice";

  private static final String UNREAD =
      ": of a MultiheadAttention, which reads this weight past an adapter of out_proj alone; PEFT"
          + " runs without the update that is merged here";

  private PeftForward() {}

  /** A line for each such weight, by its name in the base. */
  static List<String> differences(Map<String, MergedTensor> results) {
    List<String> lines = new ArrayList<>();
    results.forEach(
        (name, result) -> {
          if (result.parts().stream().anyMatch(part -> part.isRunOtherwise(result.shape()))) {
            lines.add(
                name
                    + ": PEFT rotates the overlapping patches of the input, which no weight does;"
                    + " merged is what PEFT merges");
          }
          if (name.endsWith(PROJECTION) && !result.parts().isEmpty()) {
            String attention = name.substring(0, name.length() - PROJECTION.length());
            MergedTensor inputs = results.get(attention + ".in_proj_weight");
            if (inputs != null) {
              lines.add(name + (inputs.parts().isEmpty() ? UNREAD : TWICE));
            }
          }
        });
    return lines;
  }
}
