package dev.collapsar.metric;

import dev.collapsar.stats.PairwiseKernel;
import java.util.Optional;
import java.util.function.Function;

/**
 * The sums of a kernel over all pairs of centred class means. One pass over the pairs gathers those
 * of all kernels that are needed.
 */
final class PairKernel implements Need<CollapseContext> {
  private final Function<CollapseContext, PairwiseKernel> kernel;

  PairKernel(Function<CollapseContext, PairwiseKernel> kernel) {
    this.kernel = kernel;
  }

  PairwiseKernel of(CollapseContext context) {
    return kernel.apply(context);
  }

  @Override
  public Optional<String> obstacle(CollapseContext context) {
    return Optional.empty();
  }
}
