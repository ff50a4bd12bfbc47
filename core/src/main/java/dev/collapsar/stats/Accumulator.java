package dev.collapsar.stats;

/**
 * A statistic that grows item by item and part by part. Merging has laws: an empty part changes
 * nothing, any split and order agree within rounding, and the part is left as it was.
 *
 * <p>Not thread-safe: one accumulator a thread, merged afterwards. An accumulator that has thrown
 * is spoiled.
 *
 * @param <I> what is added
 * @param <S> the immutable snapshot that is read, stored and merged
 */
public interface Accumulator<I, S> extends AutoCloseable {
  void add(I item);

  /**
   * Adds what another accumulator of the same kind has seen.
   *
   * @throws IllegalArgumentException if that part is of another shape or basis
   */
  void merge(S part);

  /** What has been seen so far; unaffected by what is added later. */
  S snapshot();

  /** Frees scratch memory, where there is any; snapshots stay. */
  @Override
  default void close() {}
}
