package dev.collapsar.study;

import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.Metrics;
import dev.collapsar.run.RecordDraft;
import dev.collapsar.run.RunRecord;
import dev.collapsar.study.Hypothesis.Claim;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** Runs of a recipe that measures what a test says. */
public final class StudyRecords {
  private static final Instant STARTED = Instant.parse("2026-11-20T09:30:00Z");

  private final long seed;
  private final Map<String, Object> settings = new LinkedHashMap<>();
  private final List<RunRecord.Variant> variants = new ArrayList<>();
  private final List<RunRecord.Row> rows = new ArrayList<>();
  private final List<MetricInfo> described = new ArrayList<>();
  private String recipe = "some-recipe";
  private String hash = "0a1b";
  private RunRecord.Status status = RunRecord.Status.COMPLETE;

  private StudyRecords(long seed) {
    this.seed = seed;
    settings.put("epochs", 5);
  }

  public static StudyRecords seed(long seed) {
    return new StudyRecords(seed);
  }

  public StudyRecords with(String key, Object value) {
    settings.put(key, value);
    return this;
  }

  StudyRecords of(String otherRecipe) {
    recipe = otherRecipe;
    return this;
  }

  StudyRecords on(String otherHash) {
    hash = otherHash;
    return this;
  }

  StudyRecords ended(RunRecord.Status other) {
    status = other;
    return this;
  }

  /** A metric of a variant, from epoch 0 on. */
  public StudyRecords measured(String variant, String metric, double... values) {
    variant(variant);
    for (int epoch = 0; epoch < values.length; epoch++) {
      rows.add(
          RunRecord.Row.of(variant, "adapt", epoch, "", Measurement.of(metric, values[epoch])));
    }
    return this;
  }

  /** What a metric of another name than the usual ones is. */
  StudyRecords described(MetricInfo info) {
    described.add(info);
    return this;
  }

  StudyRecords undefined(String variant, String metric, String reason) {
    variant(variant);
    rows.add(RunRecord.Row.of(variant, "adapt", 0, "", Measurement.undefined(metric, reason)));
    return this;
  }

  private void variant(String name) {
    if (variants.stream().noneMatch(variant -> variant.name().equals(name))) {
      variants.add(new RunRecord.Variant(name, "adapt", 100, 10, List.of("fc.weight"), null));
    }
  }

  /** The run by this name. */
  public StudyRun run(String name) {
    return new StudyRun(name, record());
  }

  public RunRecord record() {
    List<MetricInfo> infos = new ArrayList<>();
    for (String id : rows.stream().map(RunRecord.Row::metric).distinct().toList()) {
      Optional<MetricInfo> known =
          Stream.concat(described.stream(), Metrics.infos().stream())
              .filter(info -> info.id().equals(id))
              .findFirst();
      infos.add(known.orElse(MetricInfo.unknown(id)));
    }
    return RecordDraft.begun(
            recipe,
            "A recipe",
            new RunRecord.Environment("0.1.0", "17", "Linux", "a processor", 1, "cpu", Map.of()),
            STARTED)
        .status(status)
        .finished(STARTED.plusSeconds(3))
        .settings(settings)
        .seed(seed)
        .data(
            List.of(
                new RunRecord.DataSet(
                    "train", "digits", 100, List.of(1, 8, 8), Map.of("images", hash))))
        .variants(variants)
        .measurements(rows)
        .metrics(infos)
        .record();
  }

  /** Runs of seeds 1, 2, ... with a variant and a control of these values each. */
  public static List<StudyRun> pairs(String metric, double[] values, double[] control) {
    List<StudyRun> runs = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      runs.add(
          seed(i + 1)
              .measured("head", metric, 1, control[i])
              .measured("lora", metric, 1, values[i])
              .run("seed=" + (i + 1)));
    }
    return runs;
  }

  /** A hypothesis on a variant. */
  static Hypothesis claim(Claim claim, String metric, String of, String against) {
    return new Hypothesis(
        metric + " of " + of + " against " + against,
        claim,
        metric,
        "",
        of,
        Map.of(),
        against,
        OptionalDouble.empty());
  }
}
