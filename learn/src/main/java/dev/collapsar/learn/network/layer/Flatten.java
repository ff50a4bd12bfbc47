package dev.collapsar.learn.network.layer;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** (n, ...) to (n, product of the rest). */
public final class Flatten extends Layer {
  @Override
  protected Tensor forward(Tensor input) {
    return input.flatten(1, -1);
  }

  @Override
  List<String> script() {
    return List.of("x = torch.flatten(x, 1)");
  }
}
