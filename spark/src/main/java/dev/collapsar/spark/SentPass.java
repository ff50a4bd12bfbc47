package dev.collapsar.spark;

import dev.collapsar.linalg.Blas;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.FrozenPass;
import dev.collapsar.stats.FrozenPass.Classifier;
import dev.collapsar.stats.FrozenPass.Directions;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * A {@link FrozenPass} on its way to the executors by broadcasts. The tasks of an executor share
 * what they open of it: the memory is taken once a process, however many its cores, and freed when
 * none of its tasks is running.
 */
final class SentPass implements Serializable {
  private static final long serialVersionUID = 1L;

  /** What the tasks of this process have open, by the pass. */
  private static final Map<Long, Shared> OPEN = new HashMap<>();

  private final ArrayList<Broadcast<byte[]>> moments = new ArrayList<>();
  private final BitSet measured;
  private final FrozenPass.Residuals within;
  private final boolean withBetween;
  private final boolean withClassifier;
  private final SentMatrix directions;
  private final SentMatrix centred;
  private final SentMatrix coefficients;
  private final SentMatrix weights;
  private final double[] bias;

  SentPass(FrozenPass pass, JavaSparkContext spark) {
    int size = MomentsParts.chunkClasses(pass.moments().width());
    for (int from = 0; from < pass.moments().classes(); from += size) {
      int to = Math.min(pass.moments().classes(), from + size);
      moments.add(spark.broadcast(pass.moments().classRange(from, to).toBytes()));
    }
    measured = pass.measured();
    within = pass.within();
    withBetween = pass.between() != null;
    directions = SentMatrix.send(withBetween ? pass.between().directions() : null, spark);
    centred = SentMatrix.send(withBetween ? pass.between().centred() : null, spark);
    coefficients = SentMatrix.send(withBetween ? pass.between().coefficients() : null, spark);
    withClassifier = pass.classifier() != null;
    weights = SentMatrix.send(withClassifier ? pass.classifier().weights() : null, spark);
    bias = withClassifier ? pass.classifier().bias() : null;
  }

  private FrozenPass receive() {
    ClassMoments all =
        ClassMoments.concatenated(
            moments.stream().map(chunk -> ClassMoments.fromBytes(chunk.value())).toList());
    return new FrozenPass(
        all,
        measured,
        within,
        withBetween
            ? new Directions(
                SentMatrix.receive(directions),
                SentMatrix.receive(centred),
                SentMatrix.receive(coefficients))
            : null,
        withClassifier ? new Classifier(SentMatrix.receive(weights), bias) : null);
  }

  /** Takes the broadcasts back from the executors and the driver. */
  void destroy() {
    moments.forEach(Broadcast::destroy);
    Stream.of(directions, centred, coefficients, weights)
        .filter(Objects::nonNull)
        .flatMap(matrix -> matrix.pieces().stream())
        .forEach(Broadcast::destroy);
  }

  /** The pass as this process's tasks share it; to be closed by each. */
  Shared share() {
    synchronized (OPEN) {
      Shared shared = OPEN.computeIfAbsent(moments.get(0).id(), id -> new Shared(id, receive()));
      shared.users++;
      return shared;
    }
  }

  /** One BLAS thread, since every core has a task. */
  static final class Shared implements AutoCloseable {
    private final long id;
    private final Blas blas = Blas.open(1);
    private final FrozenPass.Opened opened;
    private int users;

    private Shared(long id, FrozenPass pass) {
      this.id = id;
      opened = pass.open(blas);
    }

    FrozenPass.Opened opened() {
      return opened;
    }

    @Override
    public void close() {
      synchronized (OPEN) {
        if (--users == 0) {
          OPEN.remove(id);
          opened.close();
          blas.close();
        }
      }
    }
  }
}
