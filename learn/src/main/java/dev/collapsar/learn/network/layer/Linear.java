package dev.collapsar.learn.network.layer;

import static org.bytedeco.pytorch.global.torch.empty;
import static org.bytedeco.pytorch.global.torch.linear;

import dev.collapsar.learn.weight.WeightSite;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** y = x W^T + b for x (n,in), W (out,in), b (out). */
public final class Linear extends WeightedLayer {
  private final long in;

  public Linear(long in, long out) {
    super(empty(out, in), empty(out));
    this.in = in;
  }

  @Override
  public Tensor map(Tensor input, Tensor weight, TensorOptional bias) {
    Tensor matrix = like(input, weight); // (out,in)
    long parts = UnpackedProduct.parts(input, matrix);
    return parts == 1
        ? linear(input, matrix, like(input, bias)) // (n,out)
        : UnpackedProduct.of(input, matrix, like(input, bias), parts); // (n,out)
  }

  @Override
  Optional<WeightSite> site(String path) {
    return Optional.of(site(path, WeightSite.Kind.LINEAR, 1));
  }

  @Override
  protected long fanIn() {
    return in;
  }

  @Override
  protected List<String> script() {
    return List.of("x = torch.linear(x, self.weight, self.bias)");
  }
}
