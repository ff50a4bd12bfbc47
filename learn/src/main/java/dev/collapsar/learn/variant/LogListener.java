package dev.collapsar.learn.variant;

import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.VariantLog;

/** Leaves the numbers of every epoch in the record. */
record LogListener(VariantLog log, Network network) implements TrainingListener {
  @Override
  public void reported(EpochReport report) {
    report.numbers().forEach((layer, found) -> log.record(report.number(), layer, found));
    log.logWeights(report.number(), network);
    log.endEpoch(report.number(), report.trainSeconds(), report.measureSeconds());
  }
}
