package dev.collapsar.learn.adapter.part;

import dev.collapsar.data.FileTensor;
import java.util.OptionalDouble;

/** A bias that is learned beside the factors: b' = b + s c. */
public record AddedVector(FileTensor term, double factor) implements Part {
  @Override
  public boolean fits(long[] shape) {
    return shape.length == 1 && shape[0] == term.elements();
  }

  @Override
  public String wanted() {
    return "(%s,)".formatted(term.elements());
  }

  @Override
  public RowUpdate on(BaseRows base) {
    double[] added = term.toDoubles();
    return RowUpdate.byRow((row, values, at) -> values[at] += factor * added[(int) row]);
  }

  @Override
  public long parameters() {
    return term.elements();
  }

  @Override
  public OptionalDouble scale() {
    return OptionalDouble.of(factor);
  }
}
