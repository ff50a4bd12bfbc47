package dev.collapsar.learn.merge;

import dev.collapsar.data.ElementType;
import dev.collapsar.data.FileTensor;
import dev.collapsar.data.NewTensorFile;
import dev.collapsar.learn.adapter.part.Part;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor of the result.
 *
 * @param source what it is made from: the base's, or one that the adapter saves in full
 * @param type its elements, rounded once; null if they are only copied
 * @param parts what changes it, one after another
 * @param turned whether its rows are inputs, so that the parts see its transpose
 */
record MergedTensor(
    String name, FileTensor source, ElementType type, List<Part> parts, boolean turned) {
  MergedTensor {
    parts = List.copyOf(parts);
  }

  /** The tensor as it is. */
  static MergedTensor copy(String name, FileTensor source) {
    return new MergedTensor(name, source, source.type(), List.of(), false);
  }

  MergedTensor with(Part part, boolean partTurned) {
    List<Part> more = new ArrayList<>(parts);
    more.add(part);
    return new MergedTensor(name, source, type, more, partTurned);
  }

  /** Another tensor in its place, of its own type if both are real numbers. */
  MergedTensor from(FileTensor other) {
    boolean rounded = other.isFloating() && type != null && type.isFloating();
    return new MergedTensor(name, other, rounded ? type : other.type(), parts, turned);
  }

  boolean isCopy() {
    return parts.isEmpty() && source.type() == type;
  }

  NewTensorFile.Head head() {
    return isCopy()
        ? NewTensorFile.Head.like(name, source)
        : NewTensorFile.Head.of(name, type, source.shape());
  }

  /** As the parts see it: outputs first. */
  long[] shape() {
    long[] shape = source.shape();
    return turned ? new long[] {shape[1], shape[0]} : shape;
  }

  /** What it becomes by another source, in words. */
  String becoming(FileTensor other) {
    return "%s, was %s".formatted(other.kind(), source.kind());
  }
}
