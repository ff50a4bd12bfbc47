package dev.collapsar.learn.network.architecture;

import dev.collapsar.learn.network.layer.BatchNorm2d;
import dev.collapsar.learn.network.layer.Conv2d;
import dev.collapsar.learn.network.layer.Conv2d.Geometry;
import dev.collapsar.learn.network.layer.Layer;
import dev.collapsar.learn.network.layer.Sequential;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Two 3x3 convolutions, each normalised, whose result is added to the input before the last ReLU
 * (He et al. 2016, torchvision's BasicBlock). Where stride or channels change, {@code downsample}
 * (a 1x1 convolution, normalised) brings the input into shape.
 */
final class ResidualBlock extends Layer {
  private final Sequential branch;
  private final Layer shortcut;

  ResidualBlock(int in, int out, int stride) {
    Geometry same3x3 = Geometry.kernel(3).withPadding(1);
    Map<String, Layer> layers = new LinkedHashMap<>();
    layers.put("conv1", Conv2d.beforeNorm(in, out, same3x3.withStride(stride)));
    layers.put("bn1", new BatchNorm2d(out));
    layers.put("relu", Layer.relu());
    layers.put("conv2", Conv2d.beforeNorm(out, out, same3x3));
    layers.put("bn2", new BatchNorm2d(out));
    layers.forEach(this::child);
    branch = Sequential.named(layers);
    shortcut =
        stride == 1 && in == out
            ? null
            : child(
                "downsample",
                new Sequential(
                    Conv2d.beforeNorm(in, out, Geometry.kernel(1).withStride(stride)),
                    new BatchNorm2d(out)));
  }

  @Override
  protected Tensor forward(Tensor input) {
    Tensor kept = shortcut == null ? input : shortcut.apply(input);
    return branch.apply(input).add(kept).relu(); // (n,out,h/stride,w/stride)
  }

  @Override
  protected List<String> script() {
    List<String> lines = new ArrayList<>();
    lines.add("kept = " + (shortcut == null ? "x" : called("downsample")));
    branch.children().keySet().forEach(child -> lines.add("x = " + called(child)));
    lines.add("x = torch.relu(torch.add(x, kept))");
    return lines;
  }
}
