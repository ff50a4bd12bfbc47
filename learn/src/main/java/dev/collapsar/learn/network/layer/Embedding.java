package dev.collapsar.learn.network.layer;

import static org.bytedeco.pytorch.global.torch.embedding;
import static org.bytedeco.pytorch.global.torch.empty;

import dev.collapsar.learn.weight.WeightSite;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** Rows of a table: indices (n, ...) of int64 below num, W (num,dim), output (n, ..., dim). */
public final class Embedding extends WeightedLayer {
  public Embedding(long num, long dim) {
    super(empty(num, dim), null);
  }

  @Override
  public Tensor map(Tensor input, Tensor weight, TensorOptional bias) {
    return embedding(weight, input); // (n,...,dim)
  }

  @Override
  Optional<WeightSite> site(String path) {
    return Optional.of(site(path, WeightSite.Kind.EMBEDDING, 1));
  }

  @Override
  protected long fanIn() {
    return 1; // an index picks a single row
  }

  /** N(0,1), as PyTorch's Embedding starts. */
  @Override
  protected void initialize(Generator generator) {
    weight().original().normal_(0, 1, new GeneratorOptional(generator));
  }

  @Override
  protected List<String> script() {
    return List.of("x = torch.embedding(self.weight, x)");
  }
}
