package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.NpyOutput.Named;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.evidence.CollapseEvidence;
import dev.collapsar.learn.evidence.HeadEvidence;
import dev.collapsar.learn.evidence.LayerOverlaps;
import dev.collapsar.learn.evidence.RetrainedHeads;
import dev.collapsar.learn.evidence.WeightUpdates;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.run.Variant.Kind;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.learn.variant.CollapseProbe;
import dev.collapsar.learn.variant.FeatureSnapshot;
import dev.collapsar.learn.variant.UpdateMetrics;
import dev.collapsar.learn.variant.VariantTrainer;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.Metrics;
import dev.collapsar.update.ClassCosine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** One adaptation of a base: every variant in turn, and what is said of them together. */
final class SweepRun {
  private final StartedBase base;
  private final RunContext run;
  private final VariantTrainer trainer;
  private final CollapseProbe probe;
  private final CollapseEvidence evidence;
  private final SweepChoices chosen;
  private final StepSizes sizes;
  private final IntFunction<OrderedBatches> passes;
  private final CollapsedBase collapsed;
  private final FeatureSnapshot before;
  private final UpdateMetrics updates;
  private final RankReportItems items;
  private final List<Variant> trained = new ArrayList<>();
  private final List<Matrix> retrained;
  private final RankDirections directions = new RankDirections();
  private final LayerDirections layers = new LayerDirections();

  SweepRun(
      StartedBase base,
      VariantTrainer trainer,
      CollapseProbe probe,
      CollapseEvidence evidence,
      SweepChoices chosen,
      IntFunction<OrderedBatches> passes) {
    this.base = base;
    this.run = trainer.run();
    this.trainer = trainer;
    this.probe = probe;
    this.evidence = evidence;
    this.chosen = chosen;
    this.passes = passes;
    this.sizes = new StepSizes(base, run, chosen, passes);
    CollapseProbe.Reading reading = read(base.network());
    before =
        reading
            .snapshot()
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "base: the loss on the training images is not finite"));
    collapsed = CollapsedBase.of(reading, base.rows().complete());
    updates = new UpdateMetrics(before.means(), chosen.draws(), chosen.shuffles(), run.seed());
    items = new RankReportItems();
    items.spectra(RankSweep.BASE, before);
    recordBase(reading);
    retrained = retrainedHeads();
  }

  private CollapseProbe.Reading read(Network network) {
    return probe.read(network, evaluated -> run.throwIfStopped());
  }

  /** What the base is before anything is adapted, beside chance. */
  private void recordBase(CollapseProbe.Reading reading) {
    Head.Classifier head = base.network().head().classifier();
    List<Measurement> numbers = new ArrayList<>();
    numbers.add(Measurement.of(LearnMetrics.LOSS_TRAIN_END, reading.score().loss()));
    numbers.add(reading.score().accuracyAs(LearnMetrics.ACCURACY_TRAIN_END));
    numbers.addAll(probe.measure(before, head));
    base.log().record(base.epochs(), "", numbers);
    beside(evidence.ofRows(base.rows()), base.log(), base.epochs(), before, head);
    run.progress().say(collapsed.inNumbers());
  }

  private static void beside(
      CollapseEvidence evidence,
      VariantLog log,
      int epoch,
      FeatureSnapshot found,
      Head.Classifier head) {
    Collapse collapse =
        Collapse.of(found.features(), found.classes())
            .withWeights(head.weights())
            .withBias(head.bias());
    evidence.record(log, epoch, "", collapse, Metrics.collapse());
  }

  /**
   * Heads that learn permuted labels from zero, beside which every update of the head stands. From
   * the base's own weights they would first undo what it knows: a cosine of -1 whatever is tested.
   */
  private List<Matrix> retrainedHeads() {
    OrderedBatches first = passes.apply(1);
    Matrix means = before.means();
    Head.Classifier zero =
        new Head.Classifier(Matrix.zeros(means.rows(), means.columns()), new double[means.rows()]);
    RetrainedHeads heads =
        new RetrainedHeads(
            before.features(),
            first.samples().labels(),
            zero,
            sizes.spec(sizes.rate()),
            chosen.epochs(),
            passes);
    long all = (long) chosen.draws() * chosen.epochs();
    try (Progress.Bar bar = run.progress().bar("heads on permuted labels", all)) {
      return heads.permuted(
          chosen.draws(),
          evidence.seed(),
          many -> {
            bar.advance(many, "");
            run.throwIfStopped();
            return many;
          });
    }
  }

  void all() {
    chosen.cautions(updates.classes(), run.settings()).forEach(run::note);
    List<String> variants = chosen.variants();
    if (variants.contains(RankSweep.HEAD)) {
      head();
    }
    if (variants.contains(RankSweep.LORA)) {
      chosen.adapters().ranks(run.settings()).forEach(this::lora);
    }
    if (variants.contains(RankSweep.FULL)) {
      full();
    }
    items
        .of(trained, run.history().stage(RankSweep.STAGE), new RankAnswers(collapsed, chosen))
        .forEach(run::add);
    layers.items().forEach(run::add);
    directions.items().forEach(run::add);
  }

  private void head() {
    try (Network adapted = base.network().copy()) {
      adapted.weights().setTrainableOnly(adapted.head().name());
      Supplier<Matrix> movement = StepSizes.movement(adapted);
      train(
              new Variant(RankSweep.HEAD, RankSweep.STAGE, Kind.HEAD),
              adapted,
              movement,
              sizes.spec(sizes.rate()))
          .save(adapted);
      sizes.setTarget(UpdateMetrics.norm(movement.get()));
    }
  }

  private void full() {
    try (Network adapted = base.network().copy()) {
      train(
              new Variant(RankSweep.FULL, RankSweep.STAGE, Kind.FULL),
              adapted,
              StepSizes.movement(adapted),
              sizes.spec(sizes.rate()))
          .save(adapted);
    }
  }

  private void lora(int rank) {
    Settings settings = run.settings();
    String name = chosen.adapters().variant(settings, rank);
    double rate = sizes.matched(name, network -> attach(network, rank));
    try (Network adapted = base.network().copy()) {
      Supplier<Matrix> movement = StepSizes.movement(adapted);
      Adapter adapter = attach(adapted, rank);
      train(
              new Variant(name, RankSweep.STAGE, Kind.ADAPTER),
              adapted,
              update(adapter, adapted.head().name(), movement),
              chosen.adapters().withLoraPlus(settings, sizes.spec(rate), adapter))
          .save(adapter.toFile(), RankSweep.BASE);
    }
  }

  private Adapter attach(Network adapted, int rank) {
    AdapterConfig config = chosen.adapters().config(run.settings(), adapted, rank);
    Map<String, Matrix> means =
        chosen.adapters().startsFromClassMeans(run.settings())
            ? Map.of(adapted.head().name(), before.means())
            : Map.of();
    return Adapter.attach(adapted, "default", config, means, run.adaptSeed());
  }

  /** Of a plain update, its product itself, which no rounding of the sum has passed. */
  private static Supplier<Matrix> update(Adapter adapter, String head, Supplier<Matrix> movement) {
    boolean product = adapter.layers().contains(head) && !adapter.config().dora();
    return product ? () -> adapter.update(head) : movement;
  }

  /**
   * @param update the head's update as it is now, (K,D)
   */
  private VariantLog train(
      Variant variant, Network adapted, Supplier<Matrix> update, TrainingSpec spec) {
    adapted.setBatchNormDrift(chosen.drift());
    WeightUpdates weights = new WeightUpdates(adapted);
    VariantLog log = run.beginVariant(variant, adapted);
    SweepMetrics metrics =
        new SweepMetrics(probe, updates, update, chosen.training().weightDecay(run.settings()));
    trainer.withMetrics(metrics).train(log, adapted, spec, chosen.epochs(), passes);
    if (!metrics.diverged()) {
      read(adapted)
          .snapshot()
          .ifPresent(
              found -> {
                items.spectra(variant.name(), found);
                beside(evidence, log, chosen.epochs(), found, adapted.head().classifier());
                HeadEvidence head =
                    new HeadEvidence(update.get(), weights.ofHeadFromStart(adapted), found.means());
                log.record(chosen.epochs(), "", UpdateMetrics.atTheEnd(head, found, before));
                log.record(chosen.epochs(), "", head.amplification(weightsBefore()));
                log.record(chosen.epochs(), "", directions.add(variant, head.update()));
                beforeTheHead(log, adapted, weights);
                towardsClasses(log, head);
              });
    }
    trained.add(variant);
    return log;
  }

  /** Where the updates of the other layers point, if any has moved. */
  private void beforeTheHead(VariantLog log, Network adapted, WeightUpdates weights) {
    Map<String, List<Measurement>> overlaps =
        LayerOverlaps.of(adapted, weights, probe.pass(), evaluated -> run.throwIfStopped());
    overlaps.forEach((layer, numbers) -> log.record(chosen.epochs(), layer, numbers));
    layers.add(log.variant().name(), overlaps);
  }

  /** The base's, of the head. */
  private Matrix weightsBefore() {
    return base.network().head().classifier().weights();
  }

  /** Whether the update moves each class towards its own mean, beside heads on other labels. */
  private void towardsClasses(VariantLog log, HeadEvidence head) {
    log.record(chosen.epochs(), "", head.columns(retrained));
    head.level(retrained)
        .map(level -> level.chance().draws())
        .ifPresent(
            draws ->
                log.saveDraws(
                    "retrained-heads",
                    List.of(
                        Named.of("seed", evidence.seed().value()),
                        Named.of(ClassCosine.INFO.id(), draws, draws.length))));
  }
}
