package dev.collapsar.study;

import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.MetricSeries;
import dev.collapsar.run.RunRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An arm, and what each of its runs measured.
 *
 * @param members one a run, in the runs' order
 */
record ArmRuns(Arm arm, List<Member> members) {
  /** A run, and the history of the arm's variant and stage in it. */
  record Member(StudyRun run, MetricHistory history) {
    /** The last row of a metric, whether it has a value or not. */
    Optional<RunRecord.Row> last(MetricHistory.Key key) {
      List<RunRecord.Row> rows = series(key).rows();
      return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(rows.size() - 1));
    }

    /** Its first one. */
    Optional<RunRecord.Row> first(MetricHistory.Key key) {
      List<RunRecord.Row> rows = series(key).rows();
      return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(0));
    }

    private boolean hasNumbersOf(Member other) {
      return history.keys().equals(other.history.keys())
          && history.keys().stream()
              .allMatch(key -> series(key).rows().equals(other.series(key).rows()));
    }

    MetricSeries series(MetricHistory.Key key) {
      return history.series(key.metric(), key.layer());
    }
  }

  ArmRuns {
    members = List.copyOf(members);
  }

  /**
   * Every arm of these runs, in the order in which they trained their variants. Those of a variant
   * that no setting changes are one.
   */
  static List<ArmRuns> of(RunSet set) {
    Map<Arm, List<Member>> arms = new LinkedHashMap<>();
    for (StudyRun run : set.complete()) {
      for (RunRecord.Variant variant : run.record().variants()) {
        Arm arm = new Arm(set.values(run), variant.name(), variant.stage());
        MetricHistory own = run.history().variant(variant.name()).stage(variant.stage());
        arms.computeIfAbsent(arm, a -> new ArrayList<>()).add(new Member(run, own));
      }
    }
    Map<List<String>, List<ArmRuns>> alike = new LinkedHashMap<>();
    arms.forEach(
        (arm, members) ->
            alike
                .computeIfAbsent(List.of(arm.variant(), arm.stage()), a -> new ArrayList<>())
                .add(new ArmRuns(arm, members)));
    List<ArmRuns> all = new ArrayList<>();
    for (Arm arm : arms.keySet()) {
      List<ArmRuns> same = alike.get(List.of(arm.variant(), arm.stage()));
      if (!isUnchanged(same)) {
        all.add(new ArmRuns(arm, arms.get(arm)));
      } else if (same.get(0).arm.equals(arm)) {
        all.add(merged(same));
      }
    }
    return all;
  }

  /** Whether the same seeds gave the same numbers, to the bit, whatever differed besides. */
  private static boolean isUnchanged(List<ArmRuns> arms) {
    ArmRuns first = arms.get(0);
    for (ArmRuns other : arms.subList(1, arms.size())) {
      boolean shared = false;
      for (Member member : other.members) {
        Optional<Member> same = first.like(member.run);
        if (same.isPresent() && !same.get().hasNumbersOf(member)) {
          return false;
        }
        shared |= same.isPresent();
      }
      if (!shared) {
        return false;
      }
    }
    return arms.size() > 1;
  }

  /** One member for every pair of seeds. */
  private static ArmRuns merged(List<ArmRuns> arms) {
    Map<Object, Member> members = new LinkedHashMap<>();
    for (ArmRuns arm : arms) {
      arm.members.forEach(m -> members.putIfAbsent(List.of(m.run.seed(), m.run.adaptSeed()), m));
    }
    Arm first = arms.get(0).arm;
    return new ArmRuns(
        new Arm(Map.of(), first.variant(), first.stage()), List.copyOf(members.values()));
  }

  /** What was measured in any of the runs. */
  Set<MetricHistory.Key> keys() {
    Set<MetricHistory.Key> keys = new LinkedHashSet<>();
    members.forEach(member -> keys.addAll(member.history.keys()));
    return keys;
  }

  /** The epochs at which a metric was measured in any run, ascending. */
  List<Integer> epochs(MetricHistory.Key key) {
    return members.stream()
        .flatMap(member -> member.series(key).rows().stream())
        .map(RunRecord.Row::epoch)
        .distinct()
        .sorted()
        .toList();
  }

  /** The member of the run with the seeds of another; empty if there is none. */
  Optional<Member> like(StudyRun run) {
    return members.stream()
        .filter(
            member ->
                member.run.seed() == run.seed() && member.run.adaptSeed().equals(run.adaptSeed()))
        .findFirst();
  }
}
