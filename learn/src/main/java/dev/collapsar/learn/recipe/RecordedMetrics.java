package dev.collapsar.learn.recipe;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Nearest;
import dev.collapsar.calibration.CorrectedNumbers;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.metric.Metrics;
import dev.collapsar.study.Hypothesis;
import dev.collapsar.update.Amplification;
import dev.collapsar.update.ClassCosine;
import dev.collapsar.update.Drift;
import dev.collapsar.update.Intruders;
import dev.collapsar.update.LinearProbe;
import dev.collapsar.update.Outliers;
import dev.collapsar.update.RankSimilarity;
import dev.collapsar.update.SpanOverlap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The ids of the numbers that built-in recipes record, as far as they are known before a run: those
 * of metrics, and behind them the words by which columns, layers and nulls are told apart. Which of
 * them a run records, its settings and its data decide.
 */
public final class RecordedMetrics {
  private static final Map<String, MetricInfo> DESCRIBED = described();
  private static final Set<String> IDS = ids();

  /** {@code nc1_pinv_null_mean}, {@code feedback_cos_l2_p}, {@code align_span_from_start_best}. */
  private static final String ENDINGS =
      "(_(null|mean|std|analytic|median|low|high|ratio|closed|form|z|p|corrected|change|forgotten"
          + "|gained|shuffled|from|start|best|standing|strongest|l?[0-9]+))*";

  private RecordedMetrics() {}

  private static Map<String, MetricInfo> described() {
    return Stream.of(
            Metrics.infos(),
            LearnMetrics.all(),
            List.of(ClassCosine.INFO, Amplification.INFO, RankSimilarity.INFO, Intruders.INFO),
            List.of(SpanOverlap.SPAN, SpanOverlap.SPAN_ENERGY, SpanOverlap.PROJECTION_ENERGY),
            List.of(Drift.NORM, Drift.RELATIVE),
            List.of(LinearProbe.ACCURACY, LinearProbe.NEAREST_MEAN_ACCURACY),
            List.of(Outliers.MAHALANOBIS_AUROC, Outliers.MAHALANOBIS_FPR95),
            List.of(Outliers.NECO_AUROC, Outliers.NECO_FPR95))
        .flatMap(List::stream)
        .collect(Collectors.toUnmodifiableMap(MetricInfo::id, Function.identity()));
  }

  private static Set<String> ids() {
    Set<String> ids = new TreeSet<>(DESCRIBED.keySet());
    ids.addAll(List.of("align_angle", "samples_smallest_class", "samples_largest_class"));
    ids.add(CorrectedNumbers.NOISE_SHARE);
    for (String half : List.of("majority_", "minority_")) {
      Stream.of("spread", "mean_norm", "cos_pairs", "cos_weights", "nearest_mean")
          .forEach(number -> ids.add(half + number));
    }
    return ids;
  }

  /** Whether a built-in recipe may record a number of this id. */
  static boolean mayBe(String id) {
    return IDS.stream().anyMatch(known -> id.matches(known + ENDINGS));
  }

  /** Whether a chance level may stand beside it: not beside accuracies, losses and ranks. */
  static boolean mayHaveChance(String id) {
    MetricInfo info = DESCRIBED.get(id);
    return info == null || info.group() != Group.LEARNING && info.group() != Group.RANK;
  }

  /**
   * Checks what a hypothesis is about, before hours of runs that would not have it.
   *
   * @throws InvalidInputException naming the nearest ids if no built-in recipe records such a
   *     number, or if it is compared by differences and wants a margin, or held against a chance
   *     that nothing gives
   */
  public static void require(Hypothesis hypothesis) {
    String metric = hypothesis.metric();
    if (mayBe(metric)) {
      Optional.ofNullable(DESCRIBED.get(metric)).ifPresent(hypothesis::requireMargin);
      if (hypothesis.against().equals(Hypothesis.CHANCE) && !mayHaveChance(metric)) {
        throw new InvalidInputException(
            "hypothesis '%s', against chance: no recipe draws a null of %s, and no formula gives one"
                .formatted(hypothesis.title(), metric));
      }
      return;
    }
    String ending = metric.substring(metric.replaceFirst(ENDINGS + "$", "").length());
    Set<String> near = new LinkedHashSet<>(IDS);
    IDS.forEach(id -> near.add(id + ending));
    throw new InvalidInputException(
        "hypothesis '%s', metric %s: no recipe records such a number; %s"
            .formatted(hypothesis.title(), metric, Nearest.suggest(metric, near)));
  }
}
