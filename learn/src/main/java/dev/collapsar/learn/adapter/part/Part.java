package dev.collapsar.learn.adapter.part;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * The part of an adapter that changes one tensor of the base: W to W', in double precision. Shapes
 * are those of PyTorch's layers: rows are outputs; a weight that stands the other way is turned by
 * the caller.
 */
public interface Part {
  /** What of the base an update needs before it can give a row. */
  enum BaseNeed {
    /** The row itself. */
    ROW,
    /** All rows once before, for the norms of columns. */
    COLUMN_NORMS,
    /** The weight as a whole, for a decomposition. */
    WHOLE
  }

  /** Whether it is for a tensor of this shape. */
  boolean fits(long[] shape);

  /** The shapes that it is for, in words. */
  String wanted();

  /** The most that its update needs. */
  default BaseNeed need() {
    return BaseNeed.ROW;
  }

  /** How many leading dimensions count rows; the others are a row's elements. */
  default int rowDimensions() {
    return 1;
  }

  /**
   * Reads its tensors and whatever it needs of the base.
   *
   * @throws dev.collapsar.InvalidInputException if that does not fit in memory
   */
  RowUpdate on(BaseRows base);

  /** The elements of its tensors. */
  long parameters();

  /** The rank of a low-rank update. */
  default OptionalInt rank() {
    return OptionalInt.empty();
  }

  /** What multiplies an additive update. */
  default OptionalDouble scale() {
    return OptionalDouble.empty();
  }

  /** Whether PEFT's network with it is another function than with a weight of this shape merged. */
  default boolean isRunOtherwise(long[] shape) {
    return false;
  }

  /** Whether it is for an embedding, whose rows are never outputs. */
  default boolean isOfEmbedding() {
    return false;
  }

  /** Whether it replaces rows of an embedding, which a head that shares the weight follows. */
  default boolean isTokenRows() {
    return false;
  }
}
