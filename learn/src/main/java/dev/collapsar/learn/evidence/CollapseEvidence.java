package dev.collapsar.learn.evidence;

import dev.collapsar.calibration.Evidence;
import dev.collapsar.calibration.EvidencePlan;
import dev.collapsar.calibration.EvidenceRequest;
import dev.collapsar.calibration.NullDraws;
import dev.collapsar.calibration.Sampling;
import dev.collapsar.classes.ClassNumbers;
import dev.collapsar.data.NpyOutput.Named;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.learn.settings.ChanceSettings;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.CollapseOptions;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The evidence beside the collapse of a variant after its last epoch: how much of it is sampling
 * noise, its chance levels by permuted labels, corrected numbers with intervals, and every class by
 * itself. One list of permutations serves all taps and variants of a run; the draws are kept.
 *
 * @param draws how many labellings, 0 for none
 * @param sampling what the measured rows are of
 */
public record CollapseEvidence(RunContext run, int draws, Sampling sampling) {
  /** Of which the labellings are drawn. */
  private static final String STREAM = "null/permuted-labels";

  /** What takes longer at one tap is left out, and says so. */
  private static final double MOST_SECONDS = 15;

  private static final Set<Group> OF_LABELS =
      Set.of(Group.WITHIN, Group.MEANS, Group.DUALITY, Group.DECISION);

  /** As the settings say, of rows that are such a sample. */
  public static CollapseEvidence of(RunContext run, ChanceSettings chance, Sampling sampling) {
    return new CollapseEvidence(run, chance.draws(run.settings()), sampling);
  }

  /** The same of other rows. */
  public CollapseEvidence ofRows(Sampling other) {
    return new CollapseEvidence(run, draws, other);
  }

  /**
   * Records what stands beside these numbers of this tap, and keeps draws and classes.
   *
   * @param layer a tap's name; empty for the network as a whole
   */
  public void record(
      VariantLog log, int epoch, String layer, Collapse collapse, Set<CollapseMetric> metrics) {
    Set<CollapseMetric> ofLabels =
        metrics.stream()
            .filter(metric -> OF_LABELS.contains(metric.info().group()))
            .collect(Collectors.toSet());
    if (ofLabels.isEmpty()) {
      return;
    }
    int threads = run.resources().threads();
    MeasuredCollapse measured =
        collapse.withOptions(CollapseOptions.defaults().withThreads(threads)).measured(ofLabels);
    Seed seed = seed();
    EvidenceRequest request =
        EvidenceRequest.within(
            EvidenceRequest.Limits.usual().ofRun(draws, MOST_SECONDS), sampling, seed);
    Evidence found = found(measured, request, log.variant().name());
    List<Measurement> beside = new ArrayList<>(found.whole());
    measured.report().metrics().keySet().forEach(metric -> beside.addAll(found.of(metric.id())));
    log.record(epoch, layer, beside);
    log.recordClasses(epoch, layer, ClassNumbers.of(measured));
    found.draws().ifPresent(all -> log.saveDraws(nameOf(layer), arrays(all, seed)));
  }

  /** How long it takes is shown while it does, and promised in no log. */
  private Evidence found(MeasuredCollapse measured, EvidenceRequest request, String variant) {
    List<Progress.Bar> shown = new ArrayList<>();
    try {
      return EvidencePlan.of(
          measured,
          request,
          cost -> shown.add(run.progress().bar("%s  %s".formatted(variant, cost), 0)));
    } finally {
      shown.forEach(Progress.Bar::close);
    }
  }

  /** Of the run's one list of permuted labels. */
  public Seed seed() {
    return run.seed().under(STREAM);
  }

  private static String nameOf(String layer) {
    return layer.isEmpty() ? "permuted-labels" : "permuted-labels-" + layer;
  }

  /** The seed of draw i is that of its stream "draw i". */
  private static List<Named> arrays(NullDraws draws, Seed seed) {
    List<Named> arrays = new ArrayList<>();
    arrays.add(Named.of("seed", seed.value()));
    draws.values().forEach((id, values) -> arrays.add(Named.of(id, values, values.length)));
    return arrays;
  }
}
