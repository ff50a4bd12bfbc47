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
import java.util.stream.Collectors;

/**
 * A study as a file, fixed before it is run: which runs it is of, and what they are asked.
 *
 * @param recipe the name of the one that all runs are of
 * @param seeds one run each, for every choice of the axes
 * @param adaptSeeds likewise, of adaptations of the same base; empty where that has the run's seed
 * @param quick whether the recipe's smaller values hold where none is chosen
 * @param settings that all runs have, by dotted key
 * @param axes the settings that differ, with the values of each
 * @param except choices that are left out: the values, by axis, that do not go together
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
    List<Map<String, String>> except,
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
    settings = unmodifiable(settings);
    axes = List.copyOf(axes);
    except = except.stream().map(StudyFile::unmodifiable).toList();
    for (Axis axis : axes) {
      if (settings.containsKey(axis.key())) {
        throw new InvalidInputException(
            "%s is swept over %s and chosen as %s; leave one out"
                .formatted(axis.key(), String.join("|", axis.values()), settings.get(axis.key())));
      }
    }
    for (Map<String, String> choice : except) {
      requireOfAxes(choice, axes);
    }
    if (choices(axes, except).isEmpty()) {
      throw new InvalidInputException("except: every choice is left out, so that there is no run");
    }
  }

  private static Map<String, String> unmodifiable(Map<String, String> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }

  private static void requireOfAxes(Map<String, String> choice, List<Axis> axes) {
    if (choice.isEmpty()) {
      throw new InvalidInputException("except: names no value, which would leave out everything");
    }
    choice.forEach(
        (key, value) -> {
          if (axes.stream().noneMatch(a -> a.key().equals(key) && a.values().contains(value))) {
            throw new InvalidInputException(
                "except %s: %s: no axis has this value; axes: %s"
                    .formatted(
                        key,
                        value,
                        axes.isEmpty()
                            ? "none"
                            : axes.stream()
                                .map(a -> a.key() + "=" + String.join("|", a.values()))
                                .collect(Collectors.joining(", "))));
          }
        });
  }

  /** The values of the axes, multiplied, the first changing slowest; one without any if none is. */
  public List<Map<String, String>> choices() {
    return choices(axes, except);
  }

  private static List<Map<String, String>> choices(
      List<Axis> axes, List<Map<String, String>> except) {
    List<Map<String, String>> choices = new ArrayList<>(List.of(Map.of()));
    for (Axis axis : axes) {
      List<Map<String, String>> longer = new ArrayList<>();
      for (Map<String, String> choice : choices) {
        for (String value : axis.values()) {
          Map<String, String> more = new LinkedHashMap<>(choice);
          more.put(axis.key(), value);
          longer.add(more);
        }
      }
      choices = longer;
    }
    return choices.stream()
        .filter(
            choice ->
                except.stream().noneMatch(left -> choice.entrySet().containsAll(left.entrySet())))
        .toList();
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
        except,
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
    if (!except.isEmpty()) {
      root.put("except", except);
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
