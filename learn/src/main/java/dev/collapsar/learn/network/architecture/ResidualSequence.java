package dev.collapsar.learn.network.architecture;

import dev.collapsar.learn.network.layer.Layer;
import dev.collapsar.learn.network.layer.Sequential;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Layers one after the other, named as in {@link Sequential}, whose result is added to the input.
 */
final class ResidualSequence extends Layer {
  private final Sequential branch;

  ResidualSequence(Layer... layers) {
    branch = new Sequential(layers);
    branch.children().forEach(this::child);
  }

  @Override
  protected Tensor forward(Tensor input) {
    return input.add(branch.apply(input));
  }

  @Override
  protected List<String> script() {
    List<String> lines = new ArrayList<>(List.of("kept = x"));
    children().keySet().forEach(child -> lines.add("x = " + called(child)));
    lines.add("x = torch.add(kept, x)");
    return lines;
  }
}
