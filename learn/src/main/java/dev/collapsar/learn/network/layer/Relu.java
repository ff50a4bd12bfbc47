package dev.collapsar.learn.network.layer;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** max(x, 0), elementwise. */
public final class Relu extends Layer {
  @Override
  protected Tensor forward(Tensor input) {
    return input.relu();
  }

  @Override
  List<String> script() {
    return List.of("x = torch.relu(x)");
  }
}
