package dev.collapsar.learn.run;

import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.network.NetworkCard.Training;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.RunRecord;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Where the networks of a run come from, for their cards.
 *
 * @param recipe its name
 */
record Provenance(String recipe, long seed) {
  /**
   * What a variant's network has become in the run: trained on its data, with the accuracy that was
   * recorded last. One that no epoch of the run has trained stays what it was.
   */
  NetworkCard of(Variant variant, NetworkCard card, RunLog log) {
    MetricHistory history =
        MetricHistory.of(log.history().rows()).variant(variant.name()).stage(variant.stage());
    boolean trained = history.epochs().stream().anyMatch(epoch -> epoch > 0);
    return trained
        ? card.withTraining(
                new Training(recipe, seed, hashes(log.data())),
                accuracy(history, log.kept(variant.name())))
            .withTrainingCounts(counts(log.data()))
        : card;
  }

  private static Map<String, Long> counts(List<RunRecord.DataSet> data) {
    Map<String, Long> counts = new LinkedHashMap<>();
    data.forEach(set -> counts.put(set.role(), set.samples()));
    return counts;
  }

  private static OptionalDouble accuracy(MetricHistory history, OptionalInt kept) {
    String id = LearnMetrics.ACCURACY_TEST.id();
    return kept.isPresent() ? history.at(id, kept.getAsInt()) : history.last(id);
  }

  private static Map<String, String> hashes(List<RunRecord.DataSet> data) {
    Map<String, String> hashes = new LinkedHashMap<>();
    data.forEach(
        set -> set.sha256().forEach((file, hash) -> hashes.put(set.role() + "/" + file, hash)));
    return hashes;
  }
}
