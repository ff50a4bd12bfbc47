package dev.collapsar.learn.experiment;

import dev.collapsar.compute.Workers;
import dev.collapsar.learn.images.Batches;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.Pass;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.training.FeatureCache;
import dev.collapsar.linalg.Blas;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.CollapseOptions;
import dev.collapsar.metric.Measurement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What a run computes with: its threads, and what frozen layers made of images, once in a run. */
final class Computing implements AutoCloseable {
  /** Features up to this many bytes are kept in memory, further ones in files. */
  private static final long FEATURE_MEMORY = 2L << 30;

  private final int threads;
  private final Progress progress;
  private final Runnable checkpoint;
  private final Workers workers;
  private final FeatureCache features = new FeatureCache(FEATURE_MEMORY);

  /**
   * @param checkpoint lets the user stop
   */
  Computing(int threads, Progress progress, Runnable checkpoint) {
    this.threads = threads;
    this.progress = progress;
    this.checkpoint = checkpoint;
    this.workers = new Workers(threads);
  }

  /** The threads that share what Java itself computes. */
  Workers workers() {
    return workers;
  }

  /** What frozen layers make of images. */
  FeatureCache features() {
    return features;
  }

  /**
   * The samples of the pass as far as the network's frozen layers bring them: from {@link
   * #features}, or the pass itself where there is an obstacle.
   */
  Batches batches(Network network, Pass pass) {
    if (!features.lacks(network, pass)) {
      return features.batches(network, pass, evaluated -> {});
    }
    ImageSet images = pass.images();
    try (Progress.Bar bar = progress.bar("features of " + images.name(), images.count())) {
      return features.batches(
          network,
          pass,
          evaluated -> {
            bar.advance(evaluated, "");
            checkpoint.run();
          });
    }
  }

  /**
   * The collapse by this run's threads. LibTorch has loaded OpenBLAS, so that it serves small
   * products too.
   */
  List<Measurement> measure(Collapse collapse, Set<CollapseMetric> metrics) {
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
