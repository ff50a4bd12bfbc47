package dev.collapsar.learn.adapter.part;

import dev.collapsar.data.FileTensor;
import java.util.OptionalInt;

/**
 * VeRA (Kopiczko et al. 2023): W' = W + (b * B[:out]) (d * A[:, :in]), with A (r, most inputs) and
 * B (most outputs, r) that all layers share.
 *
 * @param b (out)
 * @param d (r)
 */
public record VeraPart(FileTensor b, FileTensor d, VeraProjection projection) implements Additive {
  @Override
  public boolean fits(long[] shape) {
    return shape.length == 2 && shape[0] == b.elements() && projection.covers(shape);
  }

  @Override
  public String wanted() {
    return "(%s, any%s)".formatted(b.elements(), projection.limit());
  }

  @Override
  public RowUpdate on(BaseRows base) {
    VeraProjection.Matrices shared = projection.of(base.adaptedShapes());
    int rank = (int) d.elements();
    int in = (int) base.shape()[1];
    double[] right = new double[rank * in];
    double[] scales = d.toDoubles();
    for (int k = 0; k < rank; k++) {
      for (int j = 0; j < in; j++) {
        right[k * in + j] = scales[k] * shared.a()[k * shared.inputs() + j];
      }
    }
    double[] outputs = b.toDoubles();
    Product product = Product.of(shared.b(), right, rank);
    return RowUpdate.byRow(
        (row, values, at) -> product.add((int) row, outputs[(int) row], values, at));
  }

  @Override
  public long parameters() {
    return b.elements() + d.elements();
  }

  @Override
  public OptionalInt rank() {
    return OptionalInt.of((int) d.elements());
  }
}
