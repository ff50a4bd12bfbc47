package dev.collapsar.study;

import dev.collapsar.InvalidInputException;
import dev.collapsar.run.RecipeYaml;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A study as a file, fixed before it is run: which runs it is of, and what they are asked.
 *
 * @param recipe the name of the one that all runs are of
 * @param seeds one run each, for every choice of the axes
 * @param adaptSeeds likewise, of adaptations of the same base; empty where that has the run's seed
 * @param quick whether the recipe's smaller values hold where none is chosen
 * @param settings that all runs have, by dotted key
 * @param axes the settings that differ, with the values of each
 * @param threads of each run; empty for the machine's
 * @param device empty for the processor
 */
public record StudyFile(
    String recipe,
    List<Long> seeds,
    List<Long> adaptSeeds,
    boolean quick,
    Map<String, String> settings,
    List<Axis> axes,
    OptionalInt threads,
    String device,
    Question question) {
  private static final String HEADER =
      """
      # A study: to go on with it, collapsar run --resume --out DIR; to read it, collapsar study DIR
      """;

  public StudyFile {
    seeds = List.copyOf(seeds);
    adaptSeeds = List.copyOf(adaptSeeds);
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    axes = List.copyOf(axes);
    for (Axis axis : axes) {
      if (settings.containsKey(axis.key())) {
        throw new InvalidInputException(
            "%s is swept over %s and chosen as %s; leave one out"
                .formatted(axis.key(), String.join("|", axis.values()), settings.get(axis.key())));
      }
    }
  }

  /** The same on so many threads a run and this device. */
  public StudyFile on(int threadsEach, String otherDevice) {
    return new StudyFile(
        recipe,
        seeds,
        adaptSeeds,
        quick,
        settings,
        axes,
        OptionalInt.of(threadsEach),
        otherDevice,
        question);
  }

  /** The file's text, from which an equal one is read. */
  public String toYaml() {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("study", question.title());
    root.put("recipe", recipe);
    root.put("seeds", Seeds.text(seeds));
    if (!adaptSeeds.isEmpty()) {
      root.put("adapt-seeds", Seeds.text(adaptSeeds));
    }
    if (quick) {
      root.put("quick", true);
    }
    threads.ifPresent(count -> root.put("threads", count));
    if (!device.isEmpty()) {
      root.put("device", device);
    }
    if (!settings.isEmpty()) {
      root.put("settings", settings);
    }
    if (!axes.isEmpty()) {
      Map<String, Object> sweep = new LinkedHashMap<>();
      axes.forEach(axis -> sweep.put(axis.key(), axis.values()));
      root.put("sweep", sweep);
    }
    question.control().ifPresent(control -> root.put("control", control));
    root.put("margin", question.margin());
    if (!question.hypotheses().isEmpty()) {
      List<Object> hypotheses = new ArrayList<>();
      question.hypotheses().forEach(hypothesis -> hypotheses.add(plain(hypothesis)));
      root.put("hypotheses", hypotheses);
    }
    return HEADER + RecipeYaml.text(root);
  }

  private static Map<String, Object> plain(Hypothesis hypothesis) {
    Map<String, Object> plain = new LinkedHashMap<>();
    plain.put("title", hypothesis.title());
    plain.put("claim", hypothesis.claim().name().toLowerCase(Locale.ROOT));
    plain.put("metric", hypothesis.metric());
    if (!hypothesis.layer().isEmpty()) {
      plain.put("layer", hypothesis.layer());
    }
    plain.put("of", hypothesis.of());
    if (!hypothesis.where().isEmpty()) {
      plain.put("where", hypothesis.where());
    }
    plain.put("against", hypothesis.against());
    hypothesis.margin().ifPresent(margin -> plain.put("margin", margin));
    return plain;
  }
}
