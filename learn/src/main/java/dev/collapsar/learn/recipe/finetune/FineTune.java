package dev.collapsar.learn.recipe.finetune;

import dev.collapsar.calibration.Sampling;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.Initialization;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.evidence.CollapseEvidence;
import dev.collapsar.learn.evidence.PairedDecisions;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.Recipe;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.run.Variant.Kind;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.learn.settings.AdapterSettings;
import dev.collapsar.learn.settings.AdapterSettings.Defaults;
import dev.collapsar.learn.settings.ChanceSettings;
import dev.collapsar.learn.settings.FormerKeys;
import dev.collapsar.learn.settings.MeasurementSchedule;
import dev.collapsar.learn.settings.Preset;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.learn.settings.TapSettings;
import dev.collapsar.learn.settings.TrainingSettings;
import dev.collapsar.learn.training.Backpropagation;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.training.Schedule;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.learn.variant.CollapseProbe;
import dev.collapsar.learn.variant.EpochChoice;
import dev.collapsar.learn.variant.ProbeSpec;
import dev.collapsar.learn.variant.VariantTrainer;
import dev.collapsar.metric.MetricInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A network learns to classify images of its user's own: one that comes trained by adapting all of
 * it, its head alone, or low-rank updates with its head; one that does not from scratch. Of every
 * training the epoch is kept that does best on images which are neither learned nor reported.
 */
public final class FineTune implements Recipe {
  private static final String FULL = "full";
  private static final String HEAD = "head";
  private static final String LORA = "lora";
  private static final TapSettings TAPS = new TapSettings();
  private static final Setting<List<String>> VARIANTS =
      Setting.choices(
          "variants",
          List.of(FULL, HEAD, LORA),
          List.of(FULL, HEAD, LORA),
          "how a network that comes trained is adapted; one that does not is trained in full");
  private static final Setting<Integer> EPOCHS =
      TrainingSettings.epochs("", 10, "epochs of each training, at most");
  private static final TrainingSettings TRAINING = TrainingSettings.adam("");
  private static final Setting<Double> FULL_RATE =
      Setting.number(
          "full.learning-rate",
          0,
          0,
          10,
          "of the variant full; 0: a tenth of learning-rate, since what was learned is soon lost");
  private static final Setting<Integer> WARM_UP =
      Setting.integer(
          "warm-up", 0, 0, 10_000, "first epochs over which the learning rate rises evenly");
  private static final Setting<String> CHOICE =
      Setting.choice(
          "keep.by",
          LearnMetrics.ACCURACY_VALIDATION.id(),
          List.of(LearnMetrics.ACCURACY_VALIDATION.id(), LearnMetrics.LOSS_VALIDATION.id()),
          "what of the validation images chooses the epoch that is kept");
  private static final Setting<Integer> PATIENCE =
      Setting.integer(
          "patience", 0, 0, 10_000, "end after so many epochs without a better one; 0: never");
  private static final MeasurementSchedule SCHEDULE = new MeasurementSchedule();
  private static final AdapterSettings ADAPTER =
      AdapterSettings.ofRanks(
          List.of(8), new Defaults(16, 0, AdapterSettings.BODY, Initialization.DEFAULT));
  private static final ChanceSettings CHANCE = new ChanceSettings();
  private static final String BASE_VARIANT = "base";
  private static final String SCRATCH_VARIANT = "scratch";
  private static final String STAGE = "fine-tune";

  @Override
  public String name() {
    return "fine-tune";
  }

  @Override
  public String summary() {
    return "Your own images: full, head-only and LoRA fine-tuning of any network";
  }

  @Override
  public String title(Settings settings) {
    return "Fine-tuning of %s on %s: %s"
        .formatted(
            FineTuneSettings.NETWORK.named(settings),
            FineTuneSettings.DATA.named(settings),
            String.join(", ", settings.get(VARIANTS)));
  }

  @Override
  public List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(FineTuneSettings.DATA.settings());
    settings.addAll(FineTuneSettings.NETWORK.settingsOfOne());
    settings.addAll(TAPS.settings());
    settings.addAll(
        List.of(FineTuneSettings.SAMPLES, FineTuneSettings.TESTS, FineTuneSettings.BATCH));
    settings.addAll(FineTuneSettings.OUTSIDE.settings());
    settings.addAll(List.of(FineTuneSettings.BASE_TEST, VARIANTS, EPOCHS));
    settings.addAll(TRAINING.settings());
    settings.addAll(List.of(FULL_RATE, WARM_UP));
    settings.addAll(FineTuneSettings.AUGMENT.settings());
    settings.addAll(List.of(FineTuneSettings.BALANCE, CHOICE, PATIENCE));
    settings.addAll(SCHEDULE.settings());
    settings.addAll(ADAPTER.settings());
    settings.add(TrainingSettings.ADAPT_SEED);
    settings.addAll(CHANCE.settings());
    return settings;
  }

  @Override
  public FormerKeys formerKeys() {
    return new FormerKeys(Map.of("network.train", List.of()));
  }

  @Override
  public List<Preset> quick() {
    return List.of(
        FineTuneSettings.SAMPLES.preset(1000),
        FineTuneSettings.TESTS.preset(500),
        EPOCHS.preset(3));
  }

  @Override
  public void run(RunContext run) {
    FineTuneSets sets;
    try (FineTuneBase base = FineTuneBase.open(run)) {
      sets = base.sets();
      sets.show();
      Network network = base.network();
      if (base.isTrained() && run.get(VARIANTS).contains(LORA)) {
        ADAPTER.requireFit(run.settings(), network);
      }
      CollapseProbe probe =
          CollapseProbe.withRepresentation(
              run.resources(),
              ProbeSpec.of(sets.measured(), ProbeSpec.allButSpectral())
                  .withTest(sets.test())
                  .withOod(sets.outside()),
              network,
              TAPS.of(run.settings(), network, sets.shape()));
      VariantTrainer trainer =
          new VariantTrainer(run, sets.tests())
              .withProbe(probe)
              .withEvidence(CollapseEvidence.of(run, CHANCE, Sampling.completeSet()))
              .withMetrics(base.metrics())
              .withSchedule(SCHEDULE.epochs(run.settings()));
      new Variants(run, base, sets, trainer).train();
    }
  }

  /** The trainings, one after the other, and what is shown of them. */
  private static final class Variants {
    private final RunContext run;
    private final FineTuneBase base;
    private final FineTuneSets sets;
    private final VariantTrainer trainer;
    private final PairedDecisions adapted = PairedDecisions.amongOthers(); // of heads that learned
    private final Map<String, Decisions> decided = new LinkedHashMap<>();
    private final Map<String, Double> validated = new LinkedHashMap<>();

    Variants(RunContext run, FineTuneBase base, FineTuneSets sets, VariantTrainer trainer) {
      this.run = run;
      this.base = base;
      this.sets = sets;
      this.trainer = trainer;
    }

    void train() {
      if (base.isTrained()) {
        // As it came, with a new head: what the others are adapted from. It never saw these images.
        Network network = base.network();
        VariantLog log = run.beginVariant(new Variant(BASE_VARIANT, STAGE, Kind.STORED), network);
        CollapseEvidence sample = CollapseEvidence.of(run, CHANCE, Sampling.ofPopulation());
        trainer.withEvidence(sample).train(log, network, spec(network, rate()), 0, sets.epochs());
        log.save(network);
        run.get(VARIANTS).forEach(this::adapt);
      } else {
        try (Network scratch = base.network().copy()) {
          tuned(new Variant(SCRATCH_VARIANT, STAGE, Kind.BASE), scratch, spec(scratch, rate()))
              .save(scratch);
        }
      }
      new FineTuneReportItems(run, sets.test(), sets.testFiles()).show(decided, validated);
    }

    private void adapt(String way) {
      if (way.equals(LORA)) {
        ADAPTER.ranks(run.settings()).forEach(this::adapter);
        return;
      }
      try (Network adapted = base.network().copy()) {
        boolean full = way.equals(FULL);
        if (!full) {
          adapted.weights().setTrainableOnly(adapted.head().name());
        }
        double chosen = run.get(FULL_RATE);
        double rate = full ? chosen > 0 ? chosen : rate() / 10 : rate();
        tuned(new Variant(way, STAGE, full ? Kind.FULL : Kind.HEAD), adapted, spec(adapted, rate))
            .save(adapted);
      }
    }

    private void adapter(int rank) {
      try (Network adapted = base.network().copy()) {
        Settings chosen = run.settings();
        AdapterConfig config = ADAPTER.config(chosen, adapted, rank);
        AdapterConfig trained = base.isRenewed() ? ADAPTER.withHead(config, adapted) : config;
        Adapter adapter = Adapter.attach(adapted, "default", trained, run.adaptSeed());
        TrainingSpec spec = ADAPTER.withLoraPlus(chosen, spec(adapted, rate()), adapter);
        tuned(new Variant(ADAPTER.variant(chosen, rank), STAGE, Kind.ADAPTER), adapted, spec)
            .save(adapter.toFile(), BASE_VARIANT);
      }
    }

    private VariantLog tuned(Variant variant, Network network, TrainingSpec spec) {
      MetricInfo by =
          run.get(CHOICE).equals(LearnMetrics.LOSS_VALIDATION.id())
              ? LearnMetrics.LOSS_VALIDATION
              : LearnMetrics.ACCURACY_VALIDATION;
      VariantLog log = run.beginVariant(variant, network);
      trainer
          .withDecisions(adapted)
          .withChoice(new EpochChoice(by, run.get(PATIENCE)))
          .train(log, network, spec, run.get(EPOCHS), sets.epochs());
      decided.put(variant.name(), Decisions.of(network, sets.test(), n -> run.throwIfStopped()));
      Decisions validation = Decisions.of(network, sets.validation(), n -> run.throwIfStopped());
      validated.put(variant.name(), validation.share());
      return log;
    }

    private double rate() {
      return TRAINING.rate(run.settings());
    }

    private TrainingSpec spec(Network network, double rate) {
      int warm = Math.min(run.get(WARM_UP), run.get(EPOCHS));
      TrainingSpec spec =
          TRAINING.over(
              run.settings(),
              Math.max(1, run.get(EPOCHS) - warm),
              rate,
              TRAINING.weightDecay(run.settings()));
      GradientRule rule =
          run.get(FineTuneSettings.BALANCE).equals("weights")
              ? Backpropagation.balanced(sets.labels(), network.head().classes())
              : spec.rule();
      return spec.withRule(rule).withSchedule(Schedule.warmUp(warm, spec.schedule()));
    }
  }
}
