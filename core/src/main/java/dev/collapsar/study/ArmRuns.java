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

    MetricSeries series(MetricHistory.Key key) {
      return history.series(key.metric(), key.layer());
    }
  }

  ArmRuns {
    members = List.copyOf(members);
  }

  /** Every arm of these runs, in the order in which they trained their variants. */
  static List<ArmRuns> of(RunSet set) {
    Map<Arm, List<Member>> arms = new LinkedHashMap<>();
    for (StudyRun run : set.complete()) {
      for (RunRecord.Variant variant : run.record().variants()) {
        Arm arm = new Arm(set.values(run), variant.name(), variant.stage());
        MetricHistory own = run.history().variant(variant.name()).stage(variant.stage());
        arms.computeIfAbsent(arm, a -> new ArrayList<>()).add(new Member(run, own));
      }
    }
    return arms.entrySet().stream().map(e -> new ArmRuns(e.getKey(), e.getValue())).toList();
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
