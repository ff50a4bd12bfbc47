package dev.collapsar.stats;

/** Two accumulators that are fed the same items, so that these are read once. */
final class PairAccumulator<I, A, B> implements Accumulator<I, PairAccumulator.Snapshots<A, B>> {
  private final Accumulator<I, A> first;
  private final Accumulator<I, B> second;

  /** What the two have seen. */
  public record Snapshots<A, B>(A first, B second) {}

  public PairAccumulator(Accumulator<I, A> first, Accumulator<I, B> second) {
    this.first = first;
    this.second = second;
  }

  @Override
  public void add(I item) {
    first.add(item);
    second.add(item);
  }

  @Override
  public void merge(Snapshots<A, B> part) {
    first.merge(part.first());
    second.merge(part.second());
  }

  @Override
  public Snapshots<A, B> snapshot() {
    return new Snapshots<>(first.snapshot(), second.snapshot());
  }

  @Override
  public void close() {
    try (first) {
      second.close();
    }
  }
}
