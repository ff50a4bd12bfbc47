package dev.collapsar.learn.feedback;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.Backpropagation;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How much of what one step down the gradient gains a step of the same length along a rule's
 * direction gains: (L - L_rule) / (L - L_gradient) for the mean cross-entropy L of one batch, all
 * parameters moved together by {@link #STEP} of their joint length. Below 0 the rule's step does
 * harm.
 */
public final class UsefulFraction {
  /** Length of the step over that of the parameters. */
  public static final double STEP = 1e-3;

  private UsefulFraction() {}

  /**
   * Compares feedback with the gradient and with other, random feedback; the network is in
   * evaluation mode and afterwards what it was.
   *
   * @param pass of which the first batch is used
   * @return {@code useful_fraction} and {@code useful_fraction_random}, undefined where the step
   *     down the gradient does not gain or a direction has no length
   */
  public static List<Measurement> of(
      Network network, OrderedBatches pass, FeedbackMatrices feedback, FeedbackMatrices random) {
    network.setTraining(false);
    return TensorScope.within(
        () -> {
          Step step = new Step(network, pass.input(0), pass.labelTensor(0));
          double before = step.loss();
          Double gradient = step.lossAfter(new Backpropagation());
          return List.of(
              fraction(LearnMetrics.USEFUL_FRACTION, before, gradient, step, feedback),
              fraction(LearnMetrics.USEFUL_FRACTION_RANDOM, before, gradient, step, random));
        });
  }

  private static Measurement fraction(
      MetricInfo info, double before, Double gradient, Step step, FeedbackMatrices feedback) {
    if (gradient == null) {
      return Measurement.undefined(info, "the gradient is exactly zero");
    }
    if (!(before - gradient > 0)) {
      return Measurement.undefined(
          info,
          "a step of %s of the parameters' length down the gradient gains nothing".formatted(STEP));
    }
    Double after = step.lossAfter(new DirectFeedback(feedback));
    if (after == null || !Double.isFinite(after)) {
      return Measurement.undefined(
          info, "the feedback's direction has no length or no finite loss");
    }
    return Measurement.of(info, (before - after) / (before - gradient));
  }

  /** One batch on which steps are tried. */
  private record Step(Network network, Input inputs, Tensor labels) {
    double loss() {
      return TensorScope.withinWithoutGradients(
          () -> {
            Tensor logits = network.forward(inputs); // (n,K)
            return cross_entropy_loss(
                    logits.to(ScalarType.Double), labels.to(logits.device(), labels.scalar_type()))
                .item_double();
          });
    }

    /** The loss after a step along a rule's direction; null if that has no length. */
    Double lossAfter(GradientRule rule) {
      List<Tensor> parameters = List.copyOf(network.weights().trainable().values());
      parameters.forEach(p -> p.mutable_grad().reset());
      rule.gradients(network, inputs, labels);
      return TensorScope.withinWithoutGradients(
          () -> {
            List<Tensor> moved = parameters.stream().filter(p -> p.grad().defined()).toList();
            List<Tensor> saved = new ArrayList<>();
            moved.forEach(p -> saved.add(p.detach().clone()));
            double direction = length(moved.stream().map(Tensor::grad).toList());
            double factor = -STEP * length(parameters) / direction;
            Double after = null;
            if (direction > 0) {
              moved.forEach(p -> p.add_(p.grad(), TensorBridge.scalar(factor)));
              after = loss();
            }
            for (int i = 0; i < saved.size(); i++) {
              moved.get(i).copy_(saved.get(i));
            }
            parameters.forEach(p -> p.mutable_grad().reset());
            return after;
          });
    }

    private static double length(List<Tensor> tensors) {
      return Math.sqrt(
          tensors.stream()
              .mapToDouble(
                  t -> {
                    double norm = t.to(ScalarType.Double).norm().item_double();
                    return norm * norm;
                  })
              .sum());
    }
  }
}
