package dev.collapsar.stats;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.FloatBlock;
import java.util.Arrays;

/** Second pass: decides every sample twice by a frozen {@link DecisionRule} and counts by class. */
final class DecisionAccumulator implements Accumulator<LabeledBatch, Decisions> {

  /** Vectors whose scores are held at once, so that they stay in the cache. */
  private static final int TILE = 1024;

  /** Scores that are looked through at once. */
  private static final int STRIP = 4096;

  /** Samples whose norms are bounded together: less work than one by one, and near enough. */
  private static final int GROUP = 4;

  private final DecisionRule rule;
  private final int classes;
  private final int width;
  private final int capacity;
  private final long[][] tallies;
  private final int tile;
  private final FloatBlock rows; // (capacity,D)
  private final FloatBlock scores; // (capacity,tile)
  private final float[][] group; // (GROUP,D)
  private final float[] squares; // (D)
  private final float[] strip;
  private final double[] x; // (D)
  private final Candidates nearest;
  private final Candidates linear;

  /**
   * @param capacity how many rows are decided at once
   */
  public DecisionAccumulator(DecisionRule rule, int capacity) {
    this.rule = rule;
    this.capacity = capacity;
    classes = rule.classes();
    width = rule.width();
    tallies = new long[Decisions.KINDS][classes];
    tile = Math.min(TILE, 2 * classes);
    group = new float[GROUP][width];
    squares = new float[width];
    x = new double[width];
    strip = new float[Math.max(tile, STRIP)];
    nearest = new Candidates(capacity);
    linear = new Candidates(capacity);
    rows = rule.blas.floats(Math.multiplyExact(capacity, width));
    scores = rule.blas.floats(Math.multiplyExact(capacity, tile));
  }

  @Override
  public void add(LabeledBatch batch) {
    BatchRows.requireWidth(batch, width);
    for (int from = 0; from < batch.rows(); from += capacity) {
      decide(batch, from, Math.min(capacity, batch.rows() - from));
    }
  }

  private void decide(LabeledBatch batch, int from, int count) {
    boolean asTheyAre = !rule.centred && !batch.isDouble();
    for (int i = 0; i < count; i += GROUP) {
      begin(batch, from, i, Math.min(GROUP, count - i), asTheyAre);
    }
    if (asTheyAre) {
      rows.buffer().put(0, batch.floats(), (batch.start() + from) * width, count * width);
    }
    for (int at = 0; at < 2 * classes; at += tile) {
      int wide = Math.min(tile, 2 * classes - at);
      rule.blas.product(rows, 0, rule.vectors, at, scores, count, wide, width);
      offer(at, wide, count);
    }
    for (int i = 0; i < count; i++) {
      tally(batch, from + i, i);
    }
  }

  /**
   * Bounds the errors of the scores of a few samples, and puts their z = x - c into the block if
   * need be.
   */
  private void begin(LabeledBatch batch, int from, int at, int count, boolean asTheyAre) {
    for (int r = 0; r < GROUP; r++) {
      if (r < count) {
        shift(batch, from + at + r, group[r]);
      } else {
        Arrays.fill(group[r], 0);
      }
    }
    addSquares(squares, group[0], group[1], group[2], group[3]);
    double norm = Math.sqrt(sum(squares) * (1 + width * Math.ulp(1f)));
    if (!(norm < Double.POSITIVE_INFINITY)) {
      for (int r = 0; r < count; r++) {
        BatchRows.requireFinite(batch, from + at + r);
      }
    }
    double nearestMargin = rule.margin(false, norm);
    double linearMargin = rule.margin(true, norm);
    for (int r = 0; r < count; r++) {
      nearest.begin(at + r, nearestMargin);
      linear.begin(at + r, linearMargin);
      if (!asTheyAre) {
        rows.buffer().put((at + r) * width, group[r]);
      }
    }
  }

  /** z = x - c, infinite where it leaves the range of floats. */
  private void shift(LabeledBatch batch, int row, float[] to) {
    int at = (batch.start() + row) * width;
    if (batch.isDouble()) {
      subtract(batch.doubles(), at, rule.centre, to);
    } else if (rule.centred) {
      subtract(batch.floats(), at, rule.centre, to);
    } else {
      System.arraycopy(batch.floats(), at, to, 0, width);
    }
  }

  private static void subtract(float[] values, int at, float[] centre, float[] to) {
    for (int j = 0; j < to.length; j++) {
      to[j] = values[at + j] - centre[j];
    }
  }

  private static void subtract(double[] values, int at, float[] centre, float[] to) {
    for (int j = 0; j < to.length; j++) {
      to[j] = (float) (values[at + j] - centre[j]);
    }
  }

  /** By feature, of all rows together: a form that the compiler turns into vector instructions. */
  private static void addSquares(float[] to, float[] a, float[] b, float[] c, float[] d) {
    for (int j = 0; j < to.length; j++) {
      to[j] = a[j] * a[j] + b[j] * b[j] + (c[j] * c[j] + d[j] * d[j]);
    }
  }

  private static double sum(float[] values) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    int j = 0;
    for (; j + 3 < values.length; j += 4) {
      s0 += values[j];
      s1 += values[j + 1];
      s2 += values[j + 2];
      s3 += values[j + 3];
    }
    for (; j < values.length; j++) {
      s0 += values[j];
    }
    return (double) s0 + s1 + s2 + s3;
  }

  /**
   * The scores of all samples with vectors at..at+wide-1: first those of means, then of weights.
   */
  private void offer(int at, int wide, int count) {
    int means = Math.max(0, Math.min(wide, classes - at));
    int high = strip.length / wide;
    for (int top = 0; top < count; top += high) {
      int samples = Math.min(high, count - top);
      scores.buffer().get(top * wide, strip, 0, samples * wide);
      for (int i = 0; i < samples; i++) {
        nearest.offer(top + i, strip, i * wide, means, at, rule.offsets, at);
        linear.offer(
            top + i,
            strip,
            i * wide + means,
            wide - means,
            at + means - classes,
            rule.offsets,
            at + means);
      }
    }
  }

  private void tally(LabeledBatch batch, int i, int slot) {
    tally(
        tallies,
        BatchRows.label(batch, i, classes),
        winner(nearest, false, batch, i, slot),
        winner(linear, true, batch, i, slot));
  }

  static void tally(long[][] tallies, int label, int byMean, int byWeights) {
    tallies[Decisions.SAMPLES][label]++;
    tallies[Decisions.AGREEMENTS][label] += byMean == byWeights ? 1 : 0;
    tallies[Decisions.LINEAR_HITS][label] += byWeights == label ? 1 : 0;
    tallies[Decisions.NEAREST_MEAN_HITS][label] += byMean == label ? 1 : 0;
    tallies[Decisions.LINEAR_CHOICES][byWeights]++;
    tallies[Decisions.NEAREST_MEAN_CHOICES][byMean]++;
  }

  /** The one candidate left or, of several, the best by the definition. */
  private int winner(
      Candidates candidates, boolean linearScores, LabeledBatch batch, int i, int slot) {
    int left = candidates.close(slot);
    if (left == 1) {
      return candidates.candidate(slot, 0);
    }
    if (left == Candidates.TOO_MANY) {
      return rule.decide(linearScores, batch, i, x);
    }
    BatchRows.copy(batch, i, x);
    int best = candidates.candidate(slot, 0);
    double most = rule.score(linearScores, best, x);
    for (int c = 1; c < left; c++) {
      double score = rule.score(linearScores, candidates.candidate(slot, c), x);
      if (score > most) {
        most = score;
        best = candidates.candidate(slot, c);
      }
    }
    return best;
  }

  @Override
  public void merge(Decisions part) {
    part.addTo(tallies, rule.basis);
  }

  @Override
  public Decisions snapshot() {
    return Decisions.of(rule.basis, tallies);
  }

  @Override
  public void close() {
    rows.close();
    scores.close();
  }
}
