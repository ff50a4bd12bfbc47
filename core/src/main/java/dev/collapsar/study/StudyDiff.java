package dev.collapsar.study;

import dev.collapsar.InvalidInputException;
import dev.collapsar.inference.SeedValues.Scale;
import dev.collapsar.run.Descriptors;
import dev.collapsar.run.MetricHistory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Two groups of runs, or two studies, held against each other seed by seed: what a change of
 * settings, data or code did to every number that both have, as far as seeds can tell.
 *
 * @param seeds that both have, ascending
 * @param settings those that differ: the values of the one, and of the other
 * @param rows one a number of an arm that both have; the columns beside numbers are none
 */
public record StudyDiff(Set<Long> seeds, Map<String, List<String>> settings, List<Row> rows) {
  /**
   * A number at the end.
   *
   * @param before over the seeds of the first, whether the second has them or not
   * @param after over those of the second
   * @param apart one a seed that both have: ratios of the second to the first where the number is
   *     positive, else differences
   */
  public record Row(
      Arm arm, MetricHistory.Key key, SeedMeans before, SeedMeans after, SeedMeans apart) {
    /** Whether any seed has another value in the second. */
    public boolean differs() {
      double same = apart.scale() == Scale.LOGARITHMIC ? 1 : 0;
      return apart.bySeed().values().stream().anyMatch(value -> value != same);
    }
  }

  /**
   * Takes the runs that ran to their end.
   *
   * @throws InvalidInputException if the runs of one of them cannot be read together, or both have
   *     no seed or no arm in common
   */
  public static StudyDiff between(RunSet before, RunSet after) {
    before.requireComparable();
    after.requireComparable();
    Set<Long> seeds = seeds(before);
    seeds.retainAll(seeds(after));
    if (seeds.isEmpty()) {
      throw new InvalidInputException(
          "the two have no seed in common (%s; %s); differences are taken seed by seed"
              .formatted(words(seeds(before)), words(seeds(after))));
    }
    Descriptors described =
        new Descriptors(
            Stream.concat(before.runs().stream(), after.runs().stream()).map(StudyRun::record));
    Map<Arm, ArmRuns> arms = new LinkedHashMap<>();
    ArmRuns.of(before).forEach(arm -> arms.put(arm.arm(), arm));
    List<Row> rows = new ArrayList<>();
    for (ArmRuns own : ArmRuns.of(after)) {
      Optional.ofNullable(arms.get(own.arm()))
          .ifPresent(other -> rows.addAll(rows(other, own, described)));
    }
    if (rows.isEmpty()) {
      throw new InvalidInputException(
          "the two have no variant under the same values of their axes in common");
    }
    return new StudyDiff(seeds, settings(before, after), rows);
  }

  private static List<Row> rows(ArmRuns before, ArmRuns after, Descriptors described) {
    List<Row> rows = new ArrayList<>();
    Set<MetricHistory.Key> keys = new LinkedHashSet<>(after.keys());
    keys.retainAll(before.keys());
    for (MetricHistory.Key key : keys) {
      if (described.of(key.metric()).calibrated() == null) {
        Pairs apart = new Pairs();
        after
            .members()
            .forEach(
                m -> {
                  Optional<ArmRuns.Member> like = before.like(m.run());
                  if (like.isPresent()) {
                    apart.add(m.run(), m.last(key), like.get().last(key));
                  }
                });
        SeedMeans found = apart.apart(described.of(key.metric()));
        if (found.count() > 0) {
          rows.add(
              new Row(
                  after.arm(),
                  key,
                  values(before, key, described),
                  values(after, key, described),
                  found));
        }
      }
    }
    return rows;
  }

  private static SeedMeans values(ArmRuns arm, MetricHistory.Key key, Descriptors described) {
    Pairs values = new Pairs();
    arm.members().forEach(m -> values.add(m.run(), m.last(key)));
    return values.values(described.of(key.metric()));
  }

  private static Map<String, List<String>> settings(RunSet before, RunSet after) {
    Set<String> keys = new LinkedHashSet<>();
    before.runs().forEach(run -> keys.addAll(run.settings().keySet()));
    after.runs().forEach(run -> keys.addAll(run.settings().keySet()));
    Map<String, List<String>> differing = new LinkedHashMap<>();
    for (String key : keys) {
      List<String> values = List.of(values(before, key), values(after, key));
      if (!values.get(0).equals(values.get(1))) {
        differing.put(key, values);
      }
    }
    return differing;
  }

  private static String values(RunSet set, String key) {
    return set.runs().stream()
        .map(run -> RunSet.value(run, key))
        .distinct()
        .collect(Collectors.joining(" | "));
  }

  private static Set<Long> seeds(RunSet set) {
    return set.complete().stream()
        .map(StudyRun::seed)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String words(Set<Long> seeds) {
    return seeds.isEmpty()
        ? "none is complete"
        : seeds.stream().map(seed -> Long.toString(seed)).collect(Collectors.joining(", "));
  }
}
