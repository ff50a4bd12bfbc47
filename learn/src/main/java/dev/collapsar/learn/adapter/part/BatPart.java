package dev.collapsar.learn.adapter.part;

import dev.collapsar.data.FileTensor;

/**
 * MiSS begun as "bat", M (out/r, r, r): each r x r block of W becomes W_oi + W_oi M_o + M_o. So
 * does PEFT's {@code get_delta_weight}.
 */
public record BatPart(FileTensor blocks) implements Part {
  @Override
  public boolean fits(long[] shape) {
    long r = blocks.shape()[1];
    return shape.length == 2 && shape[0] == blocks.shape()[0] * r && shape[1] % r == 0;
  }

  @Override
  public String wanted() {
    long r = blocks.shape()[1];
    return "(%s, a multiple of %s)".formatted(blocks.shape()[0] * r, r);
  }

  @Override
  public RowUpdate on(BaseRows base) {
    double[] m = blocks.toDoubles();
    int r = (int) blocks.shape()[1];
    int width = (int) base.shape()[1];
    return RowUpdate.byRow(
        (row, values, at) -> {
          int block = (int) (row / r) * r * r;
          double[] changed = new double[r];
          for (int c = 0; c < width; c += r) {
            for (int j = 0; j < r; j++) {
              double sum = values[at + c + j] + m[block + (int) (row % r) * r + j];
              for (int k = 0; k < r; k++) {
                sum += values[at + c + k] * m[block + k * r + j];
              }
              changed[j] = sum;
            }
            System.arraycopy(changed, 0, values, at + c, r);
          }
        });
  }

  @Override
  public long parameters() {
    return blocks.elements();
  }
}
