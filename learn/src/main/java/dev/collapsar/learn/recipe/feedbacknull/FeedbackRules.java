package dev.collapsar.learn.recipe.feedbacknull;

import dev.collapsar.learn.feedback.DirectFeedback;
import dev.collapsar.learn.feedback.FeedbackMatrices;
import dev.collapsar.learn.feedback.LayerFeedback;
import dev.collapsar.learn.feedback.LayerFeedback.Transport;
import dev.collapsar.learn.feedback.Pairing;
import dev.collapsar.learn.feedback.ShallowLearning;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.learn.settings.TrainingSettings;
import dev.collapsar.learn.training.Backpropagation;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.training.TrainingSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * By which rules the variants of {@link FeedbackNull} learn: the settings for them, and the rules.
 */
final class FeedbackRules {
  private static final String USUAL = "usual";

  private static final TrainingSettings TRAINING = TrainingSettings.adam("");
  private static final Setting<String> PAIRING =
      Setting.choice(
          "feedback.pairing",
          USUAL,
          Stream.concat(
                  Stream.of(USUAL), Arrays.stream(Pairing.Rule.values()).map(Pairing.Rule::key))
              .toList(),
          "which matrix feeds which hidden state; usual: block-output, or own if widths differ");
  private static final Setting<Double> ACTIVATION =
      Setting.number(
          "penalty.activation", 0.01, 0, 1e6, "dfa-penalised: lambda of the activations' L2 norm");
  private static final Setting<Double> DECAY =
      Setting.number(
          "penalty.weight-decay", 0, 0, 1e6, "dfa-penalised: weight decay besides weight-decay");
  private static final Setting<Double> ALIGNMENT =
      Setting.number(
          "penalty.alignment", 0, 0, 1e6, "dfa-penalised: beta of the bonus for alignment");

  /** How the rule of a variant is made; one that is closeable is the caller's to close. */
  private interface Making {
    GradientRule of(RunContext run, Network network, FeedbackMatrices feedback);
  }

  /**
   * A rule that a variant is named after.
   *
   * @param moreDecay weight decay besides that of all variants, if any
   */
  private record Rule(String key, Optional<Setting<Double>> moreDecay, Making making) {
    static Rule of(String key, Making making) {
      return new Rule(key, Optional.empty(), making);
    }

    static Rule of(Transport transport) {
      return of(
          transport.key(), (run, network, f) -> LayerFeedback.of(transport, network, run.seed()));
    }
  }

  private static final List<Rule> RULES =
      Stream.concat(
              Stream.of(
                  Rule.of("bp", (run, network, feedback) -> new Backpropagation()),
                  Rule.of("dfa", (run, network, feedback) -> new DirectFeedback(feedback)),
                  new Rule(
                      "dfa-penalised",
                      Optional.of(DECAY),
                      (run, network, feedback) ->
                          new DirectFeedback(feedback, run.get(ACTIVATION), run.get(ALIGNMENT))),
                  Rule.of("shallow", (run, network, feedback) -> new ShallowLearning())),
              Arrays.stream(Transport.values()).map(Rule::of))
          .toList();
  private static final Setting<List<String>> VARIANTS =
      Setting.choices(
          "variants",
          List.of("bp", "dfa", "dfa-penalised"),
          RULES.stream().map(Rule::key).toList(),
          "by which rules the network is trained");

  /** The recipe lists them among its own. */
  List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(TRAINING.settings());
    settings.addAll(List.of(VARIANTS, PAIRING, ACTIVATION, DECAY, ALIGNMENT));
    return settings;
  }

  /** Whether the learning rate is the same in every epoch. */
  boolean isConstant(Settings settings) {
    return TRAINING.isConstant(settings);
  }

  List<String> variants(RunContext run) {
    return variants(run.settings());
  }

  List<String> variants(Settings settings) {
    return settings.get(VARIANTS);
  }

  /**
   * Which matrix feeds which hidden state.
   *
   * @throws dev.collapsar.InvalidInputException if the chosen pairing does not fit the widths
   */
  Pairing pairing(RunContext run, List<Long> widths) {
    String chosen = run.get(PAIRING);
    boolean same = widths.stream().distinct().count() == 1;
    Pairing.Rule usual = same ? Pairing.Rule.BLOCK_OUTPUT : Pairing.Rule.OWN;
    Pairing pairing = (chosen.equals(USUAL) ? usual : Pairing.Rule.named(chosen)).of(widths.size());
    pairing.rows(widths);
    return pairing;
  }

  TrainingSpec training(RunContext run, String variant, int epochs) {
    double more = named(variant).moreDecay().map(run::get).orElse(0.0);
    return TRAINING.over(
        run.settings(),
        epochs,
        TRAINING.rate(run.settings()),
        TRAINING.weightDecay(run.settings()) + more);
  }

  /** The rule of a variant; one that is closeable is the caller's to close. */
  GradientRule rule(RunContext run, String variant, Network network, FeedbackMatrices feedback) {
    return named(variant).making().of(run, network, feedback);
  }

  private static Rule named(String variant) {
    return RULES.stream().filter(rule -> rule.key().equals(variant)).findFirst().orElseThrow();
  }
}
