package dev.collapsar.learn.evidence;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.Workers;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.inference.Accuracy;
import dev.collapsar.learn.evaluation.TapListener;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.linalg.Blas;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import dev.collapsar.stats.TablePass;
import dev.collapsar.update.LinearProbe;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Linear probes of the values at taps for the classes: fitted to the features of training samples,
 * tried on test samples as these pass, of which nothing is kept.
 */
public final class TapReaders {
  /** Above it the least-squares problem, D x D, is left out. */
  private static final int MOST_DIMENSIONS = 2048;

  private static final int BATCH = 256;

  private final Map<TapPoint, At> readers = new HashMap<>();
  private final Blas blas;
  private final Workers workers;

  /** Those of one tap, and how they do. */
  private static final class At {
    private final LinearProbe nearest;
    private final Optional<LinearProbe> squares;
    private final String without;
    private long tried;
    private long nearestRight;
    private long squaresRight;

    At(LinearProbe nearest, Optional<LinearProbe> squares, String without) {
      this.nearest = nearest;
      this.squares = squares;
      this.without = without;
    }
  }

  /**
   * @param blas which is left open, as are the workers
   */
  public TapReaders(Blas blas, Workers workers) {
    this.blas = blas;
    this.workers = workers;
  }

  /** Fits the readers of a tap to the features there, (N,D). */
  public void fit(TapPoint tap, FeatureArray train, int classes) {
    int width = train.width();
    if (width > MOST_DIMENSIONS) {
      ClassMoments moments = moments(train, classes, false);
      readers.put(
          tap,
          new At(
              LinearProbe.nearestMean(moments),
              Optional.empty(),
              "takes a problem of D x D, which is left out above D = " + MOST_DIMENSIONS));
      return;
    }
    ClassMoments moments = moments(train, classes, true);
    LinearProbe nearest = LinearProbe.nearestMean(moments);
    try {
      readers.put(tap, new At(nearest, Optional.of(LinearProbe.leastSquares(moments, blas)), ""));
    } catch (InvalidInputException alike) {
      readers.put(tap, new At(nearest, Optional.empty(), alike.getMessage()));
    }
  }

  private ClassMoments moments(FeatureArray train, int classes, boolean scatter) {
    int width = train.width();
    long state = scatter ? 3L * Double.BYTES * width * width : 3L * Double.BYTES * classes * width;
    return TablePass.over(
        train,
        BATCH,
        state,
        workers,
        () ->
            scatter
                ? new ClassMomentsAccumulator(classes, width, blas)
                : new ClassMomentsAccumulator(classes, width));
  }

  /** Tries the readers on what passes. */
  public TapListener listener() {
    return this::heard;
  }

  private void heard(TapPoint tap, Tensor values, int[] labels, int first) {
    At at = readers.get(tap);
    float[] rows = TensorBridge.toFloats(TensorBridge.pixelByPixel(values)); // (n,...)
    FeatureArray batch = FeatureArray.of(rows, labels, rows.length / labels.length);
    at.tried += labels.length;
    at.nearestRight += at.nearest.accuracy(batch, blas).right();
    at.squares.ifPresent(probe -> at.squaresRight += probe.accuracy(batch, blas).right());
  }

  /**
   * {@code probe_accuracy} and {@code nearest_mean_accuracy} of what has passed at this tap, with
   * Wilson's intervals.
   */
  public List<Measurement> at(TapPoint tap) {
    At at = readers.get(tap);
    List<Measurement> found = new ArrayList<>();
    if (at.squares.isPresent()) {
      found.addAll(share(LinearProbe.ACCURACY, at.squaresRight, at.tried));
    } else {
      found.add(Measurement.undefined(LinearProbe.ACCURACY, at.without));
    }
    found.addAll(share(LinearProbe.NEAREST_MEAN_ACCURACY, at.nearestRight, at.tried));
    return found;
  }

  private static List<Measurement> share(MetricInfo info, long right, long tried) {
    Accuracy accuracy = new Accuracy(tried, right);
    String about = "An end of the 95% interval of Wilson.";
    return List.of(
        Measurement.of(info, accuracy.share()),
        Measurement.of(
            info.beside("_low", "95% from", about, Column.INTERVAL_LOW), accuracy.interval().low()),
        Measurement.of(
            info.beside("_high", "95% to", about, Column.INTERVAL_HIGH),
            accuracy.interval().high()));
  }
}
