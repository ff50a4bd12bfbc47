package dev.collapsar.update;

import dev.collapsar.calibration.Null;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Alignment;
import dev.collapsar.random.Seed;
import dev.collapsar.stats.ClassDirections;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Uniformly drawn r-dimensional subspaces of D dimensions, as a q-dimensional span sees them: the
 * null of {@link Alignment}. Since they are uniform, that span may be that of the first q axes; so
 * one sample serves every set of vectors with the same q: each is drawn once and kept.
 *
 * <p>In the mean the projection is r/D and |cos| is Gamma(D/2) / (sqrt(pi) Gamma((D+1)/2)), about
 * sqrt(2 / (pi D)).
 */
public final class RandomSubspaces implements Null<Alignment> {
  private final boolean insideSpan;
  private final Map<String, List<Matrix>> kept = new HashMap<>(); // of (r,q)

  private RandomSubspaces(boolean insideSpan) {
    this.insideSpan = insideSpan;
  }

  /** Subspaces of all D dimensions. */
  public static RandomSubspaces ofSpace() {
    return new RandomSubspaces(false);
  }

  /** Subspaces of the vectors' own span, where the directions cannot leave it. */
  public static RandomSubspaces ofSpan() {
    return new RandomSubspaces(true);
  }

  @Override
  public String name() {
    return "random subspaces";
  }

  @Override
  public Optional<String> obstacle(Alignment observed) {
    int width = width(observed.vectors());
    return observed.count() > width
        ? Optional.of("%s directions exceed the %s dimensions".formatted(observed.count(), width))
        : Optional.empty();
  }

  @Override
  public void draw(Alignment observed, int draws, Seed seed, Consumer<Alignment> each) {
    ClassDirections vectors = observed.vectors();
    int r = observed.count();
    int width = width(vectors);
    String stream = "null/subspaces/%s/%s/%s".formatted(r, width, vectors.rank());
    List<Matrix> seen =
        kept.computeIfAbsent(
            "%s of %s/%s".formatted(draws, stream, seed.value()),
            key -> draw(r, width, vectors.rank(), draws, seed.random(stream)));
    seen.forEach(subspace -> each.accept(Alignment.seen(vectors, subspace)));
  }

  private int width(ClassDirections vectors) {
    return insideSpan ? vectors.rank() : vectors.width();
  }

  private static List<Matrix> draw(int r, int width, int span, int draws, SplittableRandom random) {
    List<Matrix> seen = new ArrayList<>();
    for (int i = 0; i < draws; i++) {
      seen.add(first(HaarFrames.draw(r, width, random), span));
    }
    return List.copyOf(seen);
  }

  private static Matrix first(Matrix rows, int columns) {
    double[] values = new double[rows.rows() * columns];
    for (int j = 0; j < rows.rows(); j++) {
      rows.copy(j * rows.columns(), values, j * columns, columns);
    }
    return Matrix.of(rows.rows(), columns, values);
  }
}
