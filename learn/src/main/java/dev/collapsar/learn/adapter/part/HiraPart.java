package dev.collapsar.learn.adapter.part;

import java.util.OptionalInt;

/** HiRA (Huang et al. 2025): W' = W * (1 + B A), element by element, without a scale. */
public record HiraPart(LowRankPart factors) implements Part {
  @Override
  public boolean fits(long[] shape) {
    return factors.fits(shape);
  }

  @Override
  public String wanted() {
    return factors.wanted();
  }

  @Override
  public RowUpdate on(BaseRows base) {
    Product product = factors.product().factors().get();
    return RowUpdate.byRow(
        (row, values, at) -> {
          double[] update = product.row((int) row);
          for (int j = 0; j < update.length; j++) {
            values[at + j] *= 1 + update[j];
          }
        });
  }

  @Override
  public long parameters() {
    return factors.parameters();
  }

  @Override
  public OptionalInt rank() {
    return factors.rank();
  }
}
