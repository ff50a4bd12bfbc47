package dev.collapsar.learn.run;

import dev.collapsar.compute.Workers;
import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.batch.Samples;
import dev.collapsar.learn.evaluation.FeatureCache;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.linalg.Blas;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.CollapseOptions;
import dev.collapsar.metric.Measurement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The resources of a run: threads, a device, a signal to stop, and what frozen layers made of
 * images, once for all variants.
 */
public final class RunResources implements AutoCloseable {
  /** Features up to this many bytes are kept in memory, further ones in files. */
  private static final long FEATURE_MEMORY = 2L << 30;

  private final int threads;
  private final Progress progress;
  private final String device;
  private final Runnable throwIfStopped;
  private final Workers workers;
  private final FeatureCache features = new FeatureCache(FEATURE_MEMORY);

  /**
   * @param device {@code cpu} or {@code cuda}
   * @param throwIfStopped called between steps; throws where the user asked to stop
   */
  public RunResources(int threads, String device, Progress progress, Runnable throwIfStopped) {
    this.threads = threads;
    this.progress = progress;
    this.device = device;
    this.throwIfStopped = throwIfStopped;
    this.workers = new Workers(threads);
  }

  public int threads() {
    return threads;
  }

  /** Moves a network to where it is computed, with as many threads as serve it best. */
  public void take(Network network) {
    TorchRuntime.setThreads(threads, network.hasConvolutions());
    network.to(TorchRuntime.device(device));
  }

  /** Lets the user stop: to be called between steps. */
  public void throwIfStopped() {
    throwIfStopped.run();
  }

  /** The threads that share what Java itself computes. */
  public Workers workers() {
    return workers;
  }

  /** What frozen layers make of images. */
  public FeatureCache features() {
    return features;
  }

  /**
   * The samples of the pass as far as the network's frozen layers bring them: from {@link
   * #features}, or the pass itself where there is an obstacle.
   */
  public Batches batches(Network network, OrderedBatches pass) {
    if (!features.lacks(network, pass)) {
      return features.batches(network, pass, evaluated -> {});
    }
    Samples samples = pass.samples();
    try (Progress.Bar bar = progress.bar("features of " + samples.name(), samples.count())) {
      return features.batches(
          network,
          pass,
          evaluated -> {
            bar.advance(evaluated, "");
            throwIfStopped.run();
          });
    }
  }

  /**
   * The collapse by these threads. LibTorch has loaded OpenBLAS, so that it serves small products
   * too.
   */
  public List<Measurement> measure(Collapse collapse, Set<CollapseMetric> metrics) {
    CollapseOptions options = CollapseOptions.defaults().withThreads(threads);
    try (Blas blas = Blas.open(threads)) {
      return new ArrayList<>(
          collapse.withOptions(options).measure(metrics, blas).metrics().values());
    }
  }

  @Override
  public void close() {
    features.close();
    workers.close();
  }
}
