package dev.collapsar.stats;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.FloatBlock;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** Second pass: decides every sample twice by a frozen {@link DecisionRule} and counts by class. */
public final class DecisionAccumulator implements Accumulator<LabeledBatch, Decisions> {
  static final int SAMPLES = 0;
  static final int AGREEMENTS = 1;
  static final int LINEAR_HITS = 2;
  static final int NEAREST_MEAN_HITS = 3;

  /** Vectors whose scores are held at once, so that they stay in the cache. */
  private static final int TILE = 1024;

  private final DecisionRule rule;
  private final int classes;
  private final int capacity;
  private final long[][] tallies;
  private final int tile;
  private final FloatBlock rows; // (capacity,D)
  private final FloatBlock scores; // (capacity,tile)
  private final float[] row; // (D)
  private final float[] line; // (tile)
  private final double[] x; // (D)
  private final double[] norms; // (capacity)
  private final Contest nearest;
  private final Contest linear;

  /**
   * @param capacity how many rows are decided at once
   */
  public DecisionAccumulator(DecisionRule rule, int capacity) {
    this.rule = rule;
    this.capacity = capacity;
    classes = rule.classes();
    tallies = new long[4][classes];
    tile = Math.min(TILE, 2 * classes);
    row = new float[rule.width()];
    x = new double[row.length];
    line = new float[tile];
    norms = new double[capacity];
    nearest = new Contest(capacity);
    linear = new Contest(capacity);
    rows = rule.blas.floats(Math.multiplyExact(capacity, row.length));
    scores = rule.blas.floats(Math.multiplyExact(capacity, tile));
  }

  @Override
  public void add(LabeledBatch batch) {
    BatchRows.requireWidth(batch, row.length);
    for (int from = 0; from < batch.rows(); from += capacity) {
      decide(batch, from, Math.min(capacity, batch.rows() - from));
    }
  }

  private void decide(LabeledBatch batch, int from, int count) {
    for (int i = 0; i < count; i++) {
      norms[i] = centre(batch, from + i, i);
      if (!(norms[i] < Double.POSITIVE_INFINITY)) {
        BatchRows.requireFinite(batch, from + i);
      }
      nearest.begin(i, rule.margin(false, norms[i]));
      linear.begin(i, rule.margin(true, norms[i]));
    }
    for (int at = 0; at < 2 * classes; at += tile) {
      int wide = Math.min(tile, 2 * classes - at);
      rule.blas.product(rows, 0, rule.vectors, at, scores, count, wide, row.length);
      FloatBuffer buffer = scores.buffer();
      for (int i = 0; i < count; i++) {
        buffer.get(i * wide, line, 0, wide);
        int means = Math.max(0, Math.min(wide, classes - at));
        nearest.enter(i, line, 0, means, at, rule.offsets, at);
        linear.enter(i, line, means, wide, at - classes, rule.offsets, at);
      }
    }
    for (int i = 0; i < count; i++) {
      tally(batch, from + i, i);
    }
  }

  /** Puts x - c into the block; its norm, infinite where it leaves the range of floats. */
  private double centre(LabeledBatch batch, int i, int slot) {
    int at = (batch.start() + i) * row.length;
    if (batch.isDouble()) {
      double[] values = batch.doubles();
      for (int j = 0; j < row.length; j++) {
        row[j] = (float) (values[at + j] - rule.centre[j]);
      }
    } else {
      subtract(batch.floats(), at, rule.centre, row);
    }
    rows.buffer().put(slot * row.length, row);
    return Math.sqrt(square(row));
  }

  private static void subtract(float[] from, int at, float[] centre, float[] to) {
    for (int j = 0; j < to.length; j++) {
      to[j] = from[at + j] - centre[j];
    }
  }

  private static double square(float[] values) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int j = 0;
    for (; j + 3 < values.length; j += 4) {
      s0 += (double) values[j] * values[j];
      s1 += (double) values[j + 1] * values[j + 1];
      s2 += (double) values[j + 2] * values[j + 2];
      s3 += (double) values[j + 3] * values[j + 3];
    }
    for (; j < values.length; j++) {
      s0 += (double) values[j] * values[j];
    }
    return s0 + s1 + (s2 + s3);
  }

  private void tally(LabeledBatch batch, int i, int slot) {
    int label = BatchRows.label(batch, i, classes);
    int byMean = winner(nearest, false, batch, i, slot);
    int byWeights = winner(linear, true, batch, i, slot);
    tallies[SAMPLES][label]++;
    tallies[AGREEMENTS][label] += byMean == byWeights ? 1 : 0;
    tallies[LINEAR_HITS][label] += byWeights == label ? 1 : 0;
    tallies[NEAREST_MEAN_HITS][label] += byMean == label ? 1 : 0;
  }

  /** The one contestant left or, of several, the best by the definition. */
  private int winner(Contest contest, boolean linearScores, LabeledBatch batch, int i, int slot) {
    int left = contest.close(slot);
    if (left == 1) {
      return contest.contestant(slot, 0);
    }
    BatchRows.copy(batch, i, x);
    int best = -1;
    double most = Double.NEGATIVE_INFINITY;
    boolean all = left == Contest.TOO_MANY;
    for (int c = 0; c < (all ? classes : left); c++) {
      int k = all ? c : contest.contestant(slot, c);
      double score = rule.score(linearScores, k, x);
      if (score > most) {
        most = score;
        best = k;
      }
    }
    if (best < 0) {
      throw BatchRows.notFinite(batch);
    }
    return best;
  }

  @Override
  public void merge(Decisions part) {
    rule.requireSame(part.rule());
    for (int what = 0; what < tallies.length; what++) {
      for (int k = 0; k < classes; k++) {
        tallies[what][k] += part.tally(what, k);
      }
    }
  }

  @Override
  public Decisions snapshot() {
    return new Decisions(rule, Arrays.stream(tallies).map(long[]::clone).toArray(long[][]::new));
  }

  @Override
  public void close() {
    rows.close();
    scores.close();
  }
}
