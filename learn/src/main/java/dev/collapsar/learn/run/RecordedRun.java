package dev.collapsar.learn.run;

import dev.collapsar.learn.batch.Samples;
import dev.collapsar.learn.images.SplitTable;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.random.Seed;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunFollower;
import dev.collapsar.run.RunRecord;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A run whose recipe leaves everything in a recorder. */
record RecordedRun(
    String recipe,
    Settings settings,
    Seed seed,
    Optional<Path> dataDirectory,
    RunResources resources,
    Progress progress,
    RunClock clock,
    RunRecorder recorder,
    Optional<InterruptedRun> past,
    List<RunFollower> followers,
    Optional<SharedBases> bases)
    implements RunContext {

  @Override
  public void throwIfStopped() {
    recorder.throwIfStopped();
  }

  @Override
  public void useData(String role, Samples samples) {
    RunRecord.DataSet now =
        new RunRecord.DataSet(
            role,
            samples.name(),
            samples.count(),
            samples.input().shape().stream().map(Math::toIntExact).toList(),
            samples.sha256());
    recorder.throwIfStopped();
    past.ifPresent(run -> run.requireSameData(now));
    recorder.add(log -> log.add(now));
  }

  @Override
  public void keep(SplitTable split) {
    recorder.save(directory -> directory.writeSplits(split.toCsv()));
  }

  @Override
  public Path preparedImages() {
    return recorder.locate(RunDirectory::preparedImages);
  }

  @Override
  public VariantLog beginVariant(Variant variant, Network network) {
    recorder.addAndWrite(
        log ->
            log.add(
                new RunRecord.Variant(
                    variant.name(),
                    variant.stage(),
                    network.weights().parameterCount(),
                    network.weights().trainableCount(),
                    List.copyOf(network.weights().trainable().keySet()),
                    null)));
    return new RecordedVariant(
        variant, new Provenance(recipe, seed.value()), recorder, followers, bases, progress);
  }

  @Override
  public void add(ReportItem item) {
    recorder.add(log -> log.add(item));
  }

  @Override
  public void addSample(RunRecord.Sample sample) {
    recorder.add(log -> log.add(sample));
  }

  @Override
  public void note(String sentence) {
    recorder.add(log -> log.note(sentence));
  }

  @Override
  public MetricHistory history() {
    return MetricHistory.of(recorder.read(RunLog::history).rows());
  }
}
