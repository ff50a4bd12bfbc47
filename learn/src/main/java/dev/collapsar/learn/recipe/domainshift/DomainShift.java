package dev.collapsar.learn.recipe.domainshift;

import dev.collapsar.calibration.Sampling;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evidence.CollapseEvidence;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.Recipe;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.run.Variant.Kind;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.learn.settings.FormerKeys;
import dev.collapsar.learn.settings.Preset;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.learn.settings.TrainingSettings;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.learn.variant.CollapseProbe;
import dev.collapsar.learn.variant.ProbeSpec;
import dev.collapsar.learn.variant.StartingNetwork;
import dev.collapsar.learn.variant.VariantTrainer;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.DualGeometry;
import dev.collapsar.metric.MeansGeometry;
import dev.collapsar.metric.NearestMean;
import dev.collapsar.metric.WithinClass;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * A small CNN learns clean digits, then copies of it adapt to rotated, noisy ones: all parameters,
 * the head alone, or low-rank updates of both Linear layers. Source: the practical on LoRA for
 * vision, with the shifted test set that it proposes as an extension.
 */
public final class DomainShift implements Recipe {
  private static final Set<CollapseMetric> METRICS =
      Set.of(
          WithinClass.NC1_PINV,
          WithinClass.NC1_QUOT,
          MeansGeometry.NC1_CDNV,
          MeansGeometry.NC2_ETF_ERR,
          MeansGeometry.NC2_NORM_COV_MEANS,
          DualGeometry.NC2_NORM_COV_WEIGHTS,
          MeansGeometry.NC2_COHERENCE_MEANS,
          DualGeometry.NC2_COHERENCE_WEIGHTS,
          DualGeometry.NC3_DUAL_ERR,
          DualGeometry.NC3_FROBENIUS,
          NearestMean.NC4_AGREE);
  private static final String BASE_VARIANT = "base";
  private static final String STAGE = "adapt";

  @Override
  public String name() {
    return "domain-shift";
  }

  @Override
  public String summary() {
    return "Full, head-only and LoRA adaptation of a network to rotated, noisy images";
  }

  @Override
  public String title(Settings settings) {
    return ("Full, head-only and LoRA adaptation of %s to %s turned by up to %s degrees"
            + " with noise of %s")
        .formatted(
            DomainShiftSettings.NETWORK.named(settings),
            DomainShiftSettings.DATA.named(settings),
            plain(settings.get(DomainShiftSettings.DEGREES)),
            plain(settings.get(DomainShiftSettings.NOISE)));
  }

  @Override
  public List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(DomainShiftSettings.DATA.settings());
    settings.addAll(DomainShiftSettings.NETWORK.settings());
    settings.addAll(DomainShiftSettings.TAPS.settings());
    settings.addAll(DomainShiftSettings.SAMPLES.settings());
    settings.add(DomainShiftSettings.BASE_EPOCHS);
    settings.addAll(DomainShiftSettings.PRETRAINING.settings());
    settings.add(DomainShiftSettings.ADAPT_EPOCHS);
    settings.addAll(DomainShiftSettings.ADAPTATION.settings());
    settings.addAll(List.of(DomainShiftSettings.DEGREES, DomainShiftSettings.NOISE));
    settings.addAll(DomainShiftSettings.ADAPTER.settings());
    settings.add(TrainingSettings.ADAPT_SEED);
    settings.addAll(DomainShiftSettings.CHANCE.settings());
    return settings;
  }

  private static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  @Override
  public FormerKeys formerKeys() {
    return new FormerKeys(
        Map.of(
            "target.samples", List.of("adapt.samples"),
            "target.epochs", List.of("adapt.epochs"),
            "target.learning-rate", List.of("adapt.learning-rate")));
  }

  @Override
  public List<Preset> quick() {
    return List.of(
        DomainShiftSettings.SAMPLES.samples().preset(4000),
        DomainShiftSettings.BASE_EPOCHS.preset(2),
        DomainShiftSettings.SAMPLES.adapt().preset(1000),
        DomainShiftSettings.ADAPT_EPOCHS.preset(2),
        DomainShiftSettings.SAMPLES.test().preset(1000));
  }

  @Override
  public Optional<String> whatDependsOn(String epochs, Settings settings) {
    return epochs.equals(DomainShiftSettings.ADAPT_EPOCHS.key())
            && DomainShiftSettings.ADAPTATION.isConstant(settings)
        ? Optional.empty()
        : Recipe.super.whatDependsOn(epochs, settings);
  }

  @Override
  public List<Setting<?>> ofAdaptationAlone() {
    List<Setting<?>> settings = new ArrayList<>(DomainShiftSettings.ADAPTATION.settings());
    settings.add(DomainShiftSettings.ADAPT_EPOCHS);
    settings.addAll(DomainShiftSettings.ADAPTER.settings());
    settings.add(TrainingSettings.ADAPT_SEED);
    return settings;
  }

  @Override
  public List<String> variants(Settings settings) {
    List<String> variants = new ArrayList<>(List.of(BASE_VARIANT, "full", "head"));
    DomainShiftSettings.ADAPTER
        .ranks(settings)
        .forEach(rank -> variants.add(DomainShiftSettings.ADAPTER.variant(settings, rank)));
    return variants;
  }

  @Override
  public void run(RunContext run) {
    ShiftedImages chosen = ShiftedImages.of(run);
    try (StartingNetwork start =
        StartingNetwork.open(run, DomainShiftSettings.NETWORK, chosen.entering())) {
      Network base = start.network();
      base.tryOut(); // all of it is trained
      DomainShiftSettings.ADAPTER.requireFit(run.settings(), base);
      ShiftedImages images = chosen.entering((InputSpec.Image) base.card().input().orElseThrow());
      images.show(run);
      int epochs = start.epochs(run.get(DomainShiftSettings.BASE_EPOCHS));
      // The base never saw the measured images as they are measured; the others learn them.
      CollapseEvidence evidence =
          CollapseEvidence.of(run, DomainShiftSettings.CHANCE, Sampling.ofPopulation());
      VariantTrainer trainer =
          images.scoring(run).withProbe(probe(run, images, base)).withEvidence(evidence);
      start.freeze();
      VariantLog log = run.beginVariant(new Variant(BASE_VARIANT, "pretrain", Kind.BASE), base);
      trainer.train(
          log,
          base,
          DomainShiftSettings.PRETRAINING.over(run.settings(), epochs),
          epochs,
          images.cleanEpochs(run));
      log.save(base);
      // Every variant sees the same images, turned and blurred alike, in the same order.
      Adaptation adaptation =
          new Adaptation(
              run,
              base,
              trainer.withEvidence(evidence.ofRows(Sampling.completeSet())),
              images.shiftedEpochs(run));
      adaptation.full();
      adaptation.head();
      DomainShiftSettings.ADAPTER.ranks(run.settings()).forEach(adaptation::adapter);
    }
  }

  /** What all variants have in common. */
  private record Adaptation(
      RunContext run, Network base, VariantTrainer trainer, IntFunction<OrderedBatches> passes) {
    void full() {
      try (Network full = base.copy()) {
        train(new Variant("full", STAGE, Kind.FULL), full, training()).save(full);
      }
    }

    void head() {
      try (Network head = base.copy()) {
        head.weights().setTrainableOnly(base.head().name());
        train(new Variant("head", STAGE, Kind.HEAD), head, training()).save(head);
      }
    }

    void adapter(int rank) {
      try (Network adapted = base.copy()) {
        Settings chosen = run.settings();
        Adapter adapter =
            Adapter.attach(
                adapted,
                "default",
                DomainShiftSettings.ADAPTER.config(chosen, base, rank),
                run.adaptSeed());
        train(
                new Variant(DomainShiftSettings.ADAPTER.variant(chosen, rank), STAGE, Kind.ADAPTER),
                adapted,
                DomainShiftSettings.ADAPTER.withLoraPlus(chosen, training(), adapter))
            .save(adapter.toFile(), BASE_VARIANT);
      }
    }

    private TrainingSpec training() {
      return DomainShiftSettings.ADAPTATION.over(
          run.settings(), run.get(DomainShiftSettings.ADAPT_EPOCHS));
    }

    private VariantLog train(Variant variant, Network network, TrainingSpec training) {
      VariantLog log = run.beginVariant(variant, network);
      trainer.train(log, network, training, run.get(DomainShiftSettings.ADAPT_EPOCHS), passes);
      return log;
    }
  }

  /** Of the target images, shifted: what the variants learn. */
  private static CollapseProbe probe(RunContext run, ShiftedImages images, Network base) {
    return CollapseProbe.withRepresentation(
        run.resources(),
        ProbeSpec.of(images.measured(run), METRICS),
        base,
        DomainShiftSettings.TAPS.of(run.settings(), base, images.clean().shape()));
  }
}
