package dev.collapsar.stats;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.DoubleBlock;

/**
 * Second pass over the very samples of the moments when classes are few: what {@link
 * ProjectionAccumulator} and {@link DecisionAccumulator} find, from one reading into double
 * precision and one product. A thin product costs its library as much for packing as for computing;
 * one is thus much cheaper than two.
 */
final class FewClassesAccumulator implements Accumulator<LabeledBatch, FewClassesAccumulator.Both> {
  /** What the two would find. */
  record Both(WithinProjection within, Decisions decisions) {}

  private final FewClasses frozen;
  private final int classes;
  private final int width;
  private final int capacity;
  private final long[][] tallies;
  private final DoubleBlock rows; // (capacity,D)
  private final DoubleBlock products; // (capacity,2K)
  private final double[] row; // (D)
  private final double[] scores; // (capacity,2K)
  private final double[][] gram; // (K,K), lower triangle: sum of (Mc d)(Mc d)^T
  private double merged;

  /**
   * @param capacity how many rows are taken at once
   */
  public FewClassesAccumulator(FewClasses frozen, int capacity) {
    this.frozen = frozen;
    this.capacity = capacity;
    classes = frozen.rule.classes();
    width = frozen.rule.width();
    tallies = new long[Decisions.KINDS][classes];
    row = new double[width];
    scores = new double[Math.multiplyExact(capacity, 2 * classes)];
    gram = new double[classes][classes];
    rows = frozen.blas.doubles(Math.multiplyExact(capacity, width));
    products = frozen.blas.doubles(scores.length);
  }

  @Override
  public void add(LabeledBatch batch) {
    BatchRows.requireWidth(batch, width);
    for (int from = 0; from < batch.rows(); from += capacity) {
      take(batch, from, Math.min(capacity, batch.rows() - from));
    }
  }

  private void take(LabeledBatch batch, int from, int count) {
    int vectors = 2 * classes;
    for (int i = 0; i < count; i++) {
      int label = BatchRows.label(batch, from + i, classes);
      BatchRows.subtract(batch, from + i, frozen.origins[label], row);
      rows.buffer().put(i * width, row);
    }
    frozen.blas.times(rows, frozen.vectors, products, count, vectors, width);
    products.buffer().get(0, scores, 0, count * vectors);
    for (int i = 0; i < count; i++) {
      decide(batch, from + i, i * vectors);
      addWithin(i * vectors, frozen.shifts[batch.labels()[batch.start() + from + i]]);
    }
  }

  private void decide(LabeledBatch batch, int i, int at) {
    int y = batch.labels()[batch.start() + i];
    int byMean = winner(at, y, frozen.nearestOffsets[y], frozen.nearestMargins[y]);
    int byWeights = winner(at + classes, y, frozen.linearOffsets[y], frozen.linearMargins[y]);
    DecisionAccumulator.tally(
        tallies,
        y,
        byMean < 0 ? frozen.rule.decide(false, batch, i, row) : byMean,
        byWeights < 0 ? frozen.rule.decide(true, batch, i, row) : byWeights);
  }

  /**
   * The class with the best score, or -1 if others come within the margin of it. The sample's own
   * class is looked at first: it mostly is the best, which lets a processor foresee the rest.
   */
  private int winner(int at, int label, double[] offsets, double margin) {
    double best = scores[at + label] + offsets[label];
    int winner = label;
    for (int k = 0; k < classes; k++) {
      double score = scores[at + k] + offsets[k];
      if (score > best) {
        best = score;
        winner = k;
      }
    }
    double threshold = best - margin;
    for (int k = 0; k < classes; k++) {
      if (!(scores[at + k] + offsets[k] < threshold) && k != winner) {
        return -1;
      }
    }
    return winner;
  }

  private void addWithin(int at, double[] shift) {
    for (int k = 0; k < classes; k++) {
      scores[at + k] -= shift[k];
    }
    for (int k = 0; k < classes; k++) {
      double[] to = gram[k];
      double factor = scores[at + k];
      for (int l = 0; l <= k; l++) {
        to[l] += factor * scores[at + l];
      }
    }
  }

  @Override
  public void merge(Both part) {
    frozen.projection.requireSame(part.within().projection());
    part.decisions().addTo(tallies, frozen.rule.basis);
    merged += part.within().sumOfSquares();
  }

  /** The sum over the directions c of C of c^T H c, for the sum H of (Mc d)(Mc d)^T. */
  @Override
  public Both snapshot() {
    double sum = merged;
    for (int r = 0; r < frozen.coefficients.rows(); r++) {
      for (int i = 0; i < classes; i++) {
        double ci = frozen.coefficients.get(r, i);
        for (int j = 0; j < i; j++) {
          sum += 2 * ci * frozen.coefficients.get(r, j) * gram[i][j];
        }
        sum += ci * ci * gram[i][i];
      }
    }
    return new Both(
        new WithinProjection(frozen.projection, sum), Decisions.of(frozen.rule.basis, tallies));
  }

  @Override
  public void close() {
    rows.close();
    products.close();
  }
}
