package dev.collapsar.learn.network.layer;

import static org.bytedeco.pytorch.global.torch.gelu;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** x Phi(x) elementwise, Phi the normal distribution function: exact, not the tanh formula. */
public final class Gelu extends Layer {
  @Override
  protected Tensor forward(Tensor input) {
    return gelu(input);
  }

  @Override
  List<String> script() {
    return List.of("x = torch.gelu(x)");
  }
}
