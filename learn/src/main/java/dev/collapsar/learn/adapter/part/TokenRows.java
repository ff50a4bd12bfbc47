package dev.collapsar.learn.adapter.part;

import dev.collapsar.data.FileTensor;
import java.util.Arrays;

/**
 * Rows of an embedding that are replaced, whatever the name {@code trainable_tokens_delta} says:
 * row {@code indices[i]} of W' is row i of the file's.
 */
public record TokenRows(FileTensor rows, int[] indices) implements Part {
  @Override
  public boolean fits(long[] shape) {
    return shape.length == 2
        && shape[1] == rows.shape()[1]
        && Arrays.stream(indices).allMatch(index -> index < shape[0]);
  }

  @Override
  public String wanted() {
    return "(more than %s, %s)".formatted(Arrays.stream(indices).max().orElse(0), rows.shape()[1]);
  }

  @Override
  public RowUpdate on(BaseRows base) {
    double[] own = rows.toDoubles();
    return block -> {
      for (int i = 0; i < indices.length; i++) {
        long row = indices[i] - block.first();
        if (row >= 0 && row < block.rows()) {
          int width = block.width();
          System.arraycopy(own, i * width, block.values(), block.at() + (int) row * width, width);
        }
      }
    };
  }

  @Override
  public long parameters() {
    return rows.elements();
  }

  @Override
  public boolean isOfEmbedding() {
    return true;
  }

  @Override
  public boolean isTokenRows() {
    return true;
  }
}
