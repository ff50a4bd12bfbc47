package dev.collapsar.learn.run;

import dev.collapsar.classes.ClassNumbers;
import dev.collapsar.data.NpyOutput;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.BaseModel;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.network.Network;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.EpochHistory;
import dev.collapsar.run.RunFollower;
import dev.collapsar.run.RunRecord;
import dev.collapsar.stats.ClassMoments;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A variant's part of a run's record and directory. */
record RecordedVariant(
    Variant variant,
    Provenance provenance,
    RunRecorder recorder,
    List<RunFollower> followers,
    Optional<SharedBases> bases,
    Progress progress)
    implements VariantLog {
  @Override
  public VariantLog inStage(String stage) {
    return new RecordedVariant(
        new Variant(variant.name(), stage, variant.kind()),
        provenance,
        recorder,
        followers,
        bases,
        progress);
  }

  @Override
  public void record(int epoch, String layer, Collection<Measurement> measurements) {
    recorder.add(
        log -> {
          for (Measurement measurement : measurements) {
            RunRecord.Row row =
                RunRecord.Row.of(variant.name(), variant.stage(), epoch, layer, measurement);
            log.add(row);
            MetricInfo info = LearnMetrics.of(measurement);
            log.add(info);
            tell(row, info, log);
          }
        });
  }

  @Override
  public void logWeights(int epoch, Network network) {
    recorder.throwIfStopped();
    for (RunFollower follower : followers) {
      if (follower.wantsWeights()) {
        network
            .weights()
            .readTrainable(
                (tensor, values) -> follower.weights(variant.name(), epoch, tensor, values));
      }
    }
  }

  @Override
  public void keep(int epoch) {
    recorder.add(log -> log.keep(variant.name(), epoch));
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
  public void recordClasses(int epoch, String layer, List<ClassNumbers> classes) {
    recorder.add(
        log ->
            classes.forEach(
                numbers ->
                    log.add(
                        RunRecord.ClassRow.of(
                            variant.name(), variant.stage(), epoch, layer, numbers))));
  }

  @Override
  public void saveDraws(String name, List<NpyOutput.Named> arrays) {
    String stage = recorder.read(log -> log.isOwnStage(variant)) ? "" : "-" + variant.stage();
    recorder.save(
        directory ->
            NpyOutput.writeNpz(directory.draws(variant.name() + stage + "-" + name), arrays));
  }

  @Override
  public void savePredictions(List<NpyOutput.Named> arrays) {
    recorder.save(directory -> NpyOutput.writeNpz(directory.predictions(variant.name()), arrays));
  }

  @Override
  public void saveMoments(ClassMoments moments) {
    if (recorder.read(log -> log.isOwnStage(variant))) {
      recorder.save(directory -> directory.writeMoments(variant.name(), moments.toBytes()));
    }
  }

  @Override
  public CheckpointStore checkpoints() {
    Path folder =
        recorder.locate(directory -> directory.checkpoints(variant.stage(), variant.name()));
    return new CheckpointStore(
        folder,
        recorder.seal(variant),
        bases
            .filter(shared -> variant.kind() == Variant.Kind.BASE)
            .map(shared -> shared.of(variant, recorder.read(RunLog::data))),
        () -> recorder.read(RunLog::history),
        earlier -> recorder.add(log -> log.add(earlier)),
        this::adopt,
        progress);
  }

  /** Followers have not heard it, as they have what this run measured before it broke off. */
  private void adopt(EpochHistory ofAnother) {
    Map<String, MetricInfo> infos = new HashMap<>();
    ofAnother.metrics().forEach(info -> infos.put(info.id(), info));
    recorder.add(
        log -> {
          log.add(ofAnother);
          ofAnother.rows().forEach(row -> tell(row, infos.get(row.metric()), log));
        });
  }

  private void tell(RunRecord.Row row, MetricInfo info, RunLog log) {
    followers.forEach(follower -> follower.number(row, info).ifPresent(log::note));
  }

  @Override
  public void save(AdapterFile adapter, String base) {
    recorder.save(
        directory -> {
          Path folder = directory.adapter(variant.name());
          adapter.on(BaseModel.at(directory.network(base), folder)).write(folder);
        });
    recorder.add(log -> log.adapter(variant.name(), "adapters/" + variant.name()));
  }

  @Override
  public void save(Network network, Consumer<Path> write) {
    network.describe(recorder.read(log -> provenance.of(variant, network.card(), log)));
    recorder.save(directory -> write.accept(directory.network(variant.name())));
  }
}
