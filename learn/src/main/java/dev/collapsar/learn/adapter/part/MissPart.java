package dev.collapsar.learn.adapter.part;

import dev.collapsar.data.FileTensor;

/**
 * MiSS (Kang and Yin 2024), M (r, out): W'[o,c] = W[o,c] + M[c mod r, o]; where M is narrower than
 * the outputs ("mini"), its columns repeat.
 */
public record MissPart(FileTensor block) implements Additive {
  @Override
  public boolean fits(long[] shape) {
    return shape.length == 2 && shape[0] % block.shape()[1] == 0;
  }

  @Override
  public String wanted() {
    return "(a multiple of %s, any)".formatted(block.shape()[1]);
  }

  @Override
  public RowUpdate on(BaseRows base) {
    double[] m = block.toDoubles();
    int rank = (int) block.shape()[0];
    int columns = (int) block.shape()[1];
    int width = (int) base.shape()[1];
    return RowUpdate.byRow(
        (row, values, at) -> {
          int o = (int) (row % columns);
          for (int c = 0; c < width; c++) {
            values[at + c] += m[c % rank * columns + o];
          }
        });
  }

  @Override
  public long parameters() {
    return block.elements();
  }
}
