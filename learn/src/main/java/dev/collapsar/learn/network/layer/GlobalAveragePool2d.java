package dev.collapsar.learn.network.layer;

import static org.bytedeco.pytorch.global.torch.adaptive_avg_pool2d;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** The mean of each channel over all pixels: (n,c,h,w) to (n,c,1,1). */
public final class GlobalAveragePool2d extends Layer {
  @Override
  protected Tensor forward(Tensor input) {
    return adaptive_avg_pool2d(input, 1, 1);
  }

  @Override
  List<String> script() {
    return List.of("x = torch.adaptive_avg_pool2d(x, [1, 1])");
  }
}
