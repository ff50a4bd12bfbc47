package dev.collapsar.learn.settings;

import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Schedule;
import dev.collapsar.learn.training.TrainingSpec;
import java.util.List;
import java.util.OptionalLong;

/**
 * How a network is trained, as its user chose it: settings that all recipes have, before which
 * {@code base.} or {@code adapt.} stands where a recipe trains twice.
 */
public final class TrainingSettings {
  /** What stands before the settings of a base. */
  public static final String BASE = "base.";

  /** What stands before the settings of adaptation. */
  public static final String ADAPT = "adapt.";

  /**
   * The seed that adaptation may have of its own, so that several adaptations share one base: empty
   * where it has the run's, and then in no file.
   */
  public static final Setting<String> ADAPT_SEED =
      new Setting<>(
              ADAPT + "seed",
              "",
              "another seed for adaptation than the base's",
              "a whole number, or nothing: the run's seed",
              text -> text.matches("|-?\\d{1,18}") ? text : null)
          .onlyIfChosen();

  private static final String SGD = "sgd";
  private static final String MOMENTUM = "momentum";
  private static final String ADAM = "adam";
  private static final String ADAMW = "adamw";
  private static final String CONSTANT = "constant";
  private static final String STEPS = "steps";
  private static final String COSINE = "cosine";

  private final Setting<String> optimizer;
  private final Setting<Double> rate;
  private final Setting<Double> momentum;
  private final Setting<Double> decay;
  private final Setting<String> schedule;

  private TrainingSettings(
      String prefix, String optimizer, Setting<Double> rate, double decay, String schedule) {
    this.rate = rate;
    this.optimizer =
        Setting.choice(
            prefix + "optimizer",
            optimizer,
            List.of(SGD, MOMENTUM, ADAM, ADAMW),
            "plain gradient descent, with momentum, Adam, or with decay apart from the gradient");
    this.momentum =
        Setting.number(prefix + "momentum", 0.9, 0, 1, "of gradient descent with momentum")
            .onlyWith(this.optimizer, MOMENTUM);
    this.decay =
        Setting.number(prefix + "weight-decay", decay, 0, 1, "weight decay, of adapters too");
    this.schedule =
        Setting.choice(
            prefix + "schedule",
            schedule,
            List.of(CONSTANT, STEPS, COSINE),
            "one learning rate, a tenth after 1/3 and 2/3 of the epochs, or half a cosine to zero");
  }

  /** Adam at a constant rate of 1e-3. */
  public static TrainingSettings adam(String prefix) {
    return new TrainingSettings(prefix, ADAM, rate(prefix, 1e-3), 0, CONSTANT);
  }

  /** Gradient descent with momentum and a weight decay of 5e-4, at a constant rate. */
  public static TrainingSettings momentum(String prefix, double rate) {
    return new TrainingSettings(prefix, MOMENTUM, rate(prefix, rate), 5e-4, CONSTANT);
  }

  /** The same, at a tenth of the rate after a third of the epochs and again after two. */
  public static TrainingSettings steps(String prefix, double rate) {
    return steps(prefix, rate(prefix, rate));
  }

  /**
   * The same with another meaning of the rate.
   *
   * @param rate the setting {@code learning-rate}
   */
  public static TrainingSettings steps(String prefix, Setting<Double> rate) {
    return new TrainingSettings(prefix, MOMENTUM, rate, 5e-4, STEPS);
  }

  private static Setting<Double> rate(String prefix, double initial) {
    return Setting.positive(
        prefix + "learning-rate", initial, 10, "the optimizer's learning rate at the beginning");
  }

  /** The epochs of such a training. */
  public static Setting<Integer> epochs(String prefix, int initial, String meaning) {
    return Setting.integer(prefix + "epochs", initial, 0, 10_000, meaning);
  }

  /** The recipe lists them among its own. */
  public List<Setting<?>> settings() {
    return List.of(optimizer, rate, momentum, decay, schedule);
  }

  /** The value of {@link #ADAPT_SEED}; empty if none was chosen or could be. */
  public static OptionalLong adaptSeed(Settings settings) {
    String chosen = settings.have(ADAPT_SEED) ? settings.get(ADAPT_SEED) : "";
    return chosen.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(chosen));
  }

  /** Whether the learning rate is the same in every epoch, however many there are. */
  public boolean isConstant(Settings settings) {
    return settings.get(schedule).equals(CONSTANT);
  }

  /** Another rate than the default, for a first look. */
  public Preset ofRate(double learningRate) {
    return rate.preset(learningRate);
  }

  public double rate(Settings settings) {
    return settings.get(rate);
  }

  public double weightDecay(Settings settings) {
    return settings.get(decay);
  }

  /** The training that was chosen, over so many epochs. */
  public TrainingSpec over(Settings settings, int epochs) {
    return over(settings, epochs, settings.get(rate), settings.get(decay));
  }

  /** The same at another rate and decay than the settings'. */
  public TrainingSpec over(Settings settings, int epochs, double rate, double decay) {
    return TrainingSpec.of(optimizer(settings, rate, decay))
        .withSchedule(
            switch (settings.get(schedule)) {
              case STEPS -> Schedule.tenthAtThirds(epochs);
              case COSINE -> Schedule.cosine(epochs);
              default -> Schedule.constant();
            });
  }

  private OptimizerSpec optimizer(Settings settings, double rate, double decay) {
    return switch (settings.get(optimizer)) {
      case SGD -> new OptimizerSpec.Sgd(rate, 0, decay);
      case MOMENTUM -> new OptimizerSpec.Sgd(rate, settings.get(momentum), decay);
      case ADAM -> OptimizerSpec.Adam.withLearningRate(rate).withWeightDecay(decay);
      default -> OptimizerSpec.AdamW.of(rate, decay);
    };
  }
}
