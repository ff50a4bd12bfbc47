package dev.collapsar.study;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.collapsar.inference.Interval;
import dev.collapsar.inference.SeedValues;
import dev.collapsar.inference.SeedValues.Scale;
import dev.collapsar.run.MetricHistory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** The layout of study.json, a function of the study alone: no time, no place. */
final class StudyJson {
  static final int FORMAT = 1;

  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private StudyJson() {}

  static String format(Study study) {
    RunSet set = study.runs();
    Question question = study.question();
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("format", FORMAT);
    root.put("title", question.title());
    root.put("recipe", set.runs().get(0).record().recipe());
    root.put("seeds", study.seeds());
    root.put("adapt_seeds", study.adaptSeeds());
    Map<String, Object> axes = new LinkedHashMap<>();
    set.axes().forEach(axis -> axes.put(axis.key(), axis.values()));
    root.put("axes", axes);
    root.put("runs", set.runs().stream().map(run -> run(set, run)).toList());
    root.put("control", question.control().orElse(null));
    root.put("margin", question.margin());
    root.put("notes", study.notes());
    root.put("hypotheses", study.answers().stream().map(StudyJson::answer).toList());
    root.put("contrasts", study.contrasts().stream().map(StudyJson::contrast).toList());
    root.put("numbers", study.cells().stream().map(StudyJson::cell).toList());
    root.put(
        "by_epoch",
        study.keys().stream()
            .flatMap(key -> study.courses(key).stream())
            .filter(course -> course.points().size() > 1)
            .map(StudyJson::course)
            .toList());
    try {
      return MAPPER.writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a study is plain data", e);
    }
  }

  private static Map<String, Object> run(RunSet set, StudyRun run) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("directory", run.name());
    map.put("status", run.record().status());
    map.put("seed", run.seed());
    map.put("adapt_seed", run.adaptSeed().isPresent() ? run.adaptSeed().getAsLong() : null);
    map.put("settings", set.values(run));
    return map;
  }

  private static Map<String, Object> place(Arm arm, MetricHistory.Key key) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("variant", arm.variant());
    map.put("stage", arm.stage());
    map.put("settings", arm.values());
    map.put("metric", key.metric());
    map.put("layer", key.layer());
    return map;
  }

  private static Map<String, Object> cell(Cell cell) {
    Map<String, Object> map = place(cell.arm(), cell.key());
    map.put("epoch", cell.epochs());
    map.putAll(means(cell.means()));
    return map;
  }

  private static Map<String, Object> course(Course course) {
    Map<String, Object> map = place(course.arm(), course.key());
    map.put(
        "points",
        course.points().stream()
            .map(
                at -> {
                  Map<String, Object> point = new LinkedHashMap<>();
                  point.put("epoch", at.epoch());
                  point.putAll(summary(at.means()));
                  return point;
                })
            .toList());
    return map;
  }

  private static Map<String, Object> means(SeedMeans means) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("scale", word(means.scale()));
    map.put("by_seed", means.bySeed());
    map.putAll(summary(means));
    if (!means.left().isEmpty()) {
      map.put("left_out", means.left());
    }
    return map;
  }

  private static Map<String, Object> summary(SeedMeans means) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("n", means.count());
    Optional<SeedValues> values = means.values();
    Optional<Interval> interval = values.flatMap(SeedValues::interval);
    map.put("mean", values.map(SeedValues::mean).orElse(null));
    map.put("sd", values.map(v -> plain(v.deviation())).orElse(null));
    map.put("low", interval.map(Interval::low).orElse(null));
    map.put("high", interval.map(Interval::high).orElse(null));
    return map;
  }

  private static Map<String, Object> contrast(Contrast contrast) {
    Map<String, Object> map = place(contrast.arm(), contrast.key());
    map.put("against", contrast.against());
    map.put("of", contrast.isRatio() ? "ratios" : "differences");
    map.putAll(means(contrast.pairs()));
    map.put("p", plain(contrast.p()));
    map.put("p_holm", plain(contrast.adjusted()));
    map.put("margin", plain(contrast.margin()));
    map.put("p_equivalence", plain(contrast.equivalenceP()));
    map.put("p_equivalence_holm", plain(contrast.adjustedEquivalence()));
    map.put("verdict", word(contrast.conclusion()));
    map.put("seeds_for_equivalence", plain(contrast.seedsForEquivalence()));
    map.put("seeds_for_difference", plain(contrast.seedsForDifference()));
    return map;
  }

  private static Map<String, Object> answer(Answer answer) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("title", answer.hypothesis().title());
    map.put("claim", word(answer.hypothesis().claim()));
    map.put("holds", answer.holds());
    map.putAll(contrast(answer.contrast()));
    map.put("evidence", List.copyOf(answer.evidence()));
    return map;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String word(Scale scale) {
    return scale == Scale.LOGARITHMIC ? "logarithmic" : "raw";
  }

  private static Double plain(OptionalDouble value) {
    return value.isPresent() ? (Double) value.getAsDouble() : null;
  }

  private static Integer plain(OptionalInt value) {
    return value.isPresent() ? (Integer) value.getAsInt() : null;
  }
}
