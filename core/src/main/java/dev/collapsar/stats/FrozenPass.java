package dev.collapsar.stats;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import java.util.BitSet;
import java.util.List;

/**
 * The frozen quantities that a second pass measures with, and thereby what it finds: deviations
 * from class means, projected or in full, and decisions. Plain data that may be sent to where the
 * samples are, and is {@link #open opened} there. Immutable.
 *
 * @param moments of the first pass
 * @param measured the classes whose deviations are taken
 * @param within what is taken of them
 * @param between the directions of a {@link Residuals#PROJECTION}, else null
 * @param classifier what decides besides the nearest mean, or null for no decisions
 */
public record FrozenPass(
    ClassMoments moments,
    BitSet measured,
    Residuals within,
    Directions between,
    Classifier classifier) {
  private static final int FEWEST_ROWS = 64;
  private static final int MOST_ROWS = 512;

  /** What is taken of the deviations. */
  public enum Residuals {
    NOTHING,
    /** The sum of the squared lengths of their projections. */
    PROJECTION,
    /** Their scatter (D,D). */
    SCATTER
  }

  /**
   * Directions to project on, and how the centred class means make them.
   *
   * @param directions Q (R,D)
   * @param centred Mc (K,D) of the measured classes
   * @param coefficients C (R,K) with Q = C Mc, or null if the directions came otherwise
   */
  public record Directions(Matrix directions, Matrix centred, Matrix coefficients) {}

  /**
   * A linear classifier.
   *
   * @param weights W (K,D)
   * @param bias b (K), or null for none
   */
  public record Classifier(Matrix weights, double[] bias) {}

  /**
   * What was found; null where it was not asked for.
   *
   * @param projected the sum over the samples of ||Q (x - mu_y)||^2
   * @param scatter the sum of (x - mu_y)(x - mu_y)^T (D,D)
   */
  public record Result(Double projected, Matrix scatter, Decisions decisions) {}

  public FrozenPass {
    measured = (BitSet) measured.clone();
  }

  /** Nothing of the deviations. */
  public static FrozenPass of(ClassMoments moments) {
    return new FrozenPass(moments, new BitSet(), Residuals.NOTHING, null, null);
  }

  /** Their projections. */
  public static FrozenPass projection(ClassMoments moments, BitSet measured, Directions between) {
    return new FrozenPass(moments, measured, Residuals.PROJECTION, between, null);
  }

  /** Their scatter. */
  public static FrozenPass scatter(ClassMoments moments, BitSet measured) {
    return new FrozenPass(moments, measured, Residuals.SCATTER, null, null);
  }

  /** Decisions besides. */
  public FrozenPass withDecisions(Classifier classifier) {
    return new FrozenPass(moments, measured, within, between, classifier);
  }

  /** Whether nothing at all is asked for. */
  public boolean isEmpty() {
    return within == Residuals.NOTHING && classifier == null;
  }

  /** About how much memory an accumulator's state and its snapshot take. */
  long stateBytes() {
    return within == Residuals.SCATTER ? 3L * Double.BYTES * moments.width() * moments.width() : 0;
  }

  /** What a sample is decided by. */
  Decisions.Basis basis() {
    return new Decisions.Basis(moments, classifier.weights(), classifier.bias());
  }

  /** One product in double precision serves for all where classes are few. */
  private boolean ofFewClasses() {
    return classifier != null
        && within == Residuals.PROJECTION
        && between.coefficients() != null
        && measured.cardinality() == moments.classes()
        && moments.classes() <= FewClasses.MOST;
  }

  /** In how many chunks the bytes of what is found come, each of 8 MiB at most. */
  public int chunks() {
    return new ResultFormat(this).chunks();
  }

  /**
   * One chunk of what is found, or of a part of it, as bytes. Parts are merged chunk by chunk, by
   * {@link #merge}, wherever their chunks meet.
   */
  public byte[] toBytes(Result found, int chunk) {
    return new ResultFormat(this).write(found, chunk);
  }

  /**
   * Adds a chunk of one part to the same chunk of others.
   *
   * @param sum is changed
   * @throws InvalidInputException if they are not of the same chunk of such passes
   */
  public static void merge(byte[] sum, byte[] part) {
    ResultFormat.merge(sum, part);
  }

  /**
   * What was found, from all chunks; it can be merged further.
   *
   * @param chunks null where no sample was seen
   * @throws InvalidInputException if they are not those of such a pass
   */
  public Result fromBytes(List<byte[]> chunks) {
    return new ResultFormat(this).read(chunks);
  }

  /** Puts what is frozen into the linear algebra's memory. */
  public Opened open(Blas blas) {
    return new Opened(this, blas);
  }

  /** What the accumulators of a pass share: to be closed after them. */
  public static final class Opened implements AutoCloseable {
    private final FrozenPass pass;
    private final Blas blas;
    private final CentredRows deviations;
    private final Projection projection;
    private final DecisionRule rule;
    private final FewClasses few;

    private Opened(FrozenPass pass, Blas blas) {
      this.pass = pass;
      this.blas = blas;
      deviations =
          pass.within == Residuals.NOTHING ? null : new CentredRows(pass.moments, pass.measured);
      projection =
          pass.within == Residuals.PROJECTION
              ? new Projection(deviations, pass.between.directions(), blas)
              : null;
      rule =
          pass.classifier == null
              ? null
              : new DecisionRule(
                  pass.moments, pass.classifier.weights(), pass.classifier.bias(), blas);
      few =
          pass.ofFewClasses()
              ? new FewClasses(
                  projection, rule, pass.between.centred(), pass.between.coefficients())
              : null;
    }

    /** What is frozen. */
    public FrozenPass pass() {
      return pass;
    }

    /** Rows in a batch that suit the accumulators: for few classes, a product without packing. */
    public int batchRows() {
      int vectors = 2 * pass.moments.classes();
      int unpacked = Blas.UNPACKED / (vectors * pass.moments.width());
      return few == null || unpacked < FEWEST_ROWS
          ? blockRows(vectors)
          : Math.min(MOST_ROWS, unpacked);
    }

    /**
     * Rows per product with so many vectors: enough to be worth the library's packing of the
     * vectors, otherwise few enough for the second-level cache.
     */
    private int blockRows(int vectors) {
      int cached = (1 << 17) / pass.moments.width();
      return Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, Math.max(cached, vectors / 2)));
    }

    /** An empty accumulator of all that is asked for. */
    public Accumulator<LabeledBatch, Result> accumulator() {
      return few != null
          ? new OfFew(new FewClassesAccumulator(few, batchRows()))
          : new OfEach(
              projection == null
                  ? null
                  : new ProjectionAccumulator(projection, blockRows(projection.rank())),
              pass.within == Residuals.SCATTER ? new ScatterAccumulator(deviations, blas) : null,
              rule == null ? null : new DecisionAccumulator(rule, batchRows()));
    }

    @Override
    public void close() {
      if (few != null) {
        few.close();
      }
      if (rule != null) {
        rule.close();
      }
      if (projection != null) {
        projection.close();
      }
    }

    /** Each thing by its own accumulator, null if not asked for. */
    private final class OfEach implements Accumulator<LabeledBatch, Result> {
      private final ProjectionAccumulator projections;
      private final ScatterAccumulator scatters;
      private final DecisionAccumulator decisions;

      OfEach(
          ProjectionAccumulator projections,
          ScatterAccumulator scatters,
          DecisionAccumulator decisions) {
        this.projections = projections;
        this.scatters = scatters;
        this.decisions = decisions;
      }

      @Override
      public void add(LabeledBatch batch) {
        if (projections != null) {
          projections.add(batch);
        }
        if (scatters != null) {
          scatters.add(batch);
        }
        if (decisions != null) {
          decisions.add(batch);
        }
      }

      @Override
      public void merge(Result part) {
        if (projections != null) {
          projections.merge(new WithinProjection(projection, part.projected()));
        }
        if (scatters != null) {
          scatters.merge(new WithinScatter(deviations, part.scatter()));
        }
        if (decisions != null) {
          decisions.merge(part.decisions());
        }
      }

      @Override
      public Result snapshot() {
        return new Result(
            projections == null ? null : projections.snapshot().sumOfSquares(),
            scatters == null ? null : scatters.snapshot().scatter(),
            decisions == null ? null : decisions.snapshot());
      }

      @Override
      public void close() {
        if (projections != null) {
          projections.close();
        }
        if (scatters != null) {
          scatters.close();
        }
        if (decisions != null) {
          decisions.close();
        }
      }
    }

    private final class OfFew implements Accumulator<LabeledBatch, Result> {
      private final FewClassesAccumulator both;

      OfFew(FewClassesAccumulator both) {
        this.both = both;
      }

      @Override
      public void add(LabeledBatch batch) {
        both.add(batch);
      }

      @Override
      public void merge(Result part) {
        both.merge(
            new FewClassesAccumulator.Both(
                new WithinProjection(projection, part.projected()), part.decisions()));
      }

      @Override
      public Result snapshot() {
        FewClassesAccumulator.Both found = both.snapshot();
        return new Result(found.within().sumOfSquares(), null, found.decisions());
      }

      @Override
      public void close() {
        both.close();
      }
    }
  }
}
