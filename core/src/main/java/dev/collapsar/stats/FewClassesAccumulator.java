package dev.collapsar.stats;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.DoubleBlock;

/**
 * Second pass over the very samples of the moments when classes are few: what {@link
 * ProjectionAccumulator} and {@link DecisionAccumulator} find, from one reading into double
 * precision and one product. A thin product costs its library as much for packing as for computing;
 * one is thus much cheaper than two.
 */
public final class FewClassesAccumulator
    implements Accumulator<LabeledBatch, Both.Snapshots<WithinProjection, Decisions>> {
  private final FewClasses frozen;
  private final int classes;
  private final int width;
  private final int capacity;
  private final long[][] tallies;
  private final DoubleBlock rows; // (capacity,D)
  private final DoubleBlock products; // (capacity,2K)
  private final DoubleBlock gram; // (2K,2K), lower triangle: sum of the products' squares
  private final double[] row; // (D)
  private final double[] scores; // (capacity,2K)
  private double merged;

  /**
   * @param capacity how many rows are taken at once
   */
  public FewClassesAccumulator(FewClasses frozen, int capacity) {
    this.frozen = frozen;
    this.capacity = capacity;
    classes = frozen.rule.classes();
    width = frozen.rule.width();
    tallies = new long[4][classes];
    row = new double[width];
    scores = new double[Math.multiplyExact(capacity, 2 * classes)];
    rows = frozen.blas.doubles(Math.multiplyExact(capacity, width));
    products = frozen.blas.doubles(scores.length);
    gram = frozen.blas.doubles(4 * classes * classes);
    gram.buffer().put(0, new double[4 * classes * classes]);
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
      frozen.projection.deviations.read(batch, from + i, row);
      rows.buffer().put(i * width, row);
    }
    frozen.blas.product(rows, 0, frozen.vectors, 0, products, count, vectors, width);
    frozen.blas.addGram(products, gram, count, vectors);
    products.buffer().get(0, scores, 0, count * vectors);
    for (int i = 0; i < count; i++) {
      int label = batch.labels()[batch.start() + from + i];
      int at = i * vectors;
      int byMean =
          winner(
              at,
              frozen.nearestOffsets[label],
              frozen.nearestMargins[label],
              false,
              batch,
              from + i);
      int byWeights =
          winner(
              at + classes,
              frozen.linearOffsets[label],
              frozen.linearMargins[label],
              true,
              batch,
              from + i);
      DecisionAccumulator.tally(tallies, label, byMean, byWeights);
    }
  }

  /** The class with the best score, by the definition where others come within the margin of it. */
  private int winner(
      int at, double[] offsets, double margin, boolean linear, LabeledBatch batch, int i) {
    double best = Double.NEGATIVE_INFINITY;
    double second = Double.NEGATIVE_INFINITY;
    int winner = -1;
    for (int k = 0; k < classes; k++) {
      double score = scores[at + k] + offsets[k];
      if (score > best) {
        second = best;
        best = score;
        winner = k;
      } else if (!(score <= second)) {
        second = score;
      }
    }
    return best - second > margin ? winner : frozen.rule.decide(linear, batch, i, row);
  }

  @Override
  public void merge(Both.Snapshots<WithinProjection, Decisions> part) {
    frozen.projection.requireSame(part.first().projection());
    frozen.rule.requireSame(part.second().rule());
    merged += part.first().sumOfSquares();
    part.second().addTo(tallies);
  }

  /** The sum over the directions c of C of c^T H c, for the sum H of (Mc d)(Mc d)^T. */
  @Override
  public Both.Snapshots<WithinProjection, Decisions> snapshot() {
    double sum = merged;
    for (int r = 0; r < frozen.coefficients.rows(); r++) {
      for (int i = 0; i < classes; i++) {
        double ci = frozen.coefficients.get(r, i);
        for (int j = 0; j < i; j++) {
          sum += 2 * ci * frozen.coefficients.get(r, j) * gram.buffer().get(2 * classes * i + j);
        }
        sum += ci * ci * gram.buffer().get(2 * classes * i + i);
      }
    }
    return new Both.Snapshots<>(
        new WithinProjection(frozen.projection, sum), Decisions.of(frozen.rule, tallies));
  }

  @Override
  public void close() {
    rows.close();
    products.close();
    gram.close();
  }
}
