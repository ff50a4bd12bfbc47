package dev.collapsar.learn.adapter.part;

import dev.collapsar.data.FileTensor;

/**
 * IA3 (Liu et al. 2022): each output of a weight (and its bias) times a number; of a feed-forward
 * layer each input, whose kernel goes with it.
 */
public record ScalingPart(FileTensor numbers, boolean perInput) implements Part {
  @Override
  public boolean fits(long[] shape) {
    return perInput
        ? shape.length >= 2 && shape[1] == numbers.elements()
        : shape.length >= 1 && shape[0] == numbers.elements();
  }

  @Override
  public String wanted() {
    return perInput
        ? "(any, %s)".formatted(numbers.elements())
        : "(%s, any)".formatted(numbers.elements());
  }

  @Override
  public RowUpdate on(BaseRows base) {
    double[] factors = numbers.toDoubles();
    int taps = (int) Lengths.product(base.shape(), 2);
    return block -> {
      for (int i = 0; i < block.rows() * block.width(); i++) {
        block.values()[block.at() + i] *=
            perInput
                ? factors[i % block.width() / taps]
                : factors[(int) block.first() + i / block.width()];
      }
    };
  }

  @Override
  public long parameters() {
    return numbers.elements();
  }
}
