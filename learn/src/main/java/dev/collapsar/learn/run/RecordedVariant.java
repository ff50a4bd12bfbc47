package dev.collapsar.learn.run;

import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.training.LearnMetrics;
import dev.collapsar.metric.Measurement;
import dev.collapsar.run.RunRecord;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;

/** A variant's part of a run's record and directory. */
record RecordedVariant(
    Variant variant,
    RunRecorder recorder,
    Optional<TensorBoardListener> tensorBoard,
    Progress progress)
    implements VariantLog {
  private static final String LEFT_OUT =
      "Numbers that 32 bits cannot hold are left out of the event files for TensorBoard; metrics.csv has them.";

  @Override
  public VariantLog inStage(String stage) {
    return new RecordedVariant(
        new Variant(variant.name(), stage, variant.kind()), recorder, tensorBoard, progress);
  }

  @Override
  public void record(int epoch, String layer, Collection<Measurement> measurements) {
    recorder.add(
        log -> {
          for (Measurement measurement : measurements) {
            RunRecord.Row row =
                RunRecord.Row.of(variant.name(), variant.stage(), epoch, layer, measurement);
            log.add(row);
            log.add(LearnMetrics.of(measurement));
            if (tensorBoard.isPresent() && !tensorBoard.get().number(row)) {
              log.note(LEFT_OUT);
            }
          }
        });
  }

  @Override
  public void logWeights(int epoch, Network network) {
    recorder.add(
        log ->
            tensorBoard.ifPresent(
                files -> files.weights(variant.name(), variant.stage(), epoch, network)));
  }

  @Override
  public void endEpoch(int epoch, double trainSeconds, double measureSeconds) {
    recorder.addAndWrite(
        log ->
            log.add(
                new RunRecord.Epoch(
                    variant.name(), variant.stage(), epoch, trainSeconds, measureSeconds)));
  }

  @Override
  public void recordClassification(RunRecord.Classification classification) {
    recorder.add(log -> log.add(classification));
  }

  @Override
  public CheckpointStore checkpoints() {
    Path folder =
        recorder.locate(directory -> directory.checkpoints(variant.stage(), variant.name()));
    return new CheckpointStore(
        folder,
        recorder.seal(variant),
        () -> recorder.read(RunLog::history),
        earlier -> recorder.add(log -> log.add(earlier)),
        progress);
  }

  @Override
  public void save(AdapterFile adapter) {
    recorder.save(directory -> adapter.write(directory.adapter(variant.name())));
    recorder.add(log -> log.adapter(variant.name(), "adapters/" + variant.name()));
  }

  @Override
  public void save(Network network) {
    recorder.save(directory -> NetworkFile.write(directory.network(variant.name()), network));
  }

  @Override
  public Path networkFile() {
    return recorder.locate(directory -> directory.network(variant.name()));
  }
}
