package dev.collapsar.learn.feedback;

import static org.bytedeco.pytorch.global.torch.backward;
import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.grad;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.Detour;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.training.GradientRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * Direct feedback alignment (Nokland 2016): the part of the network that ends in hidden state h_l
 * is updated by its own vector-Jacobian product with the cotangent a_l / n, a_l = e B_l^T, and
 * nothing passes on to the part before; what comes after the last hidden state gets its true
 * gradient. e (n,K) = softmax(logits) - onehot(labels).
 *
 * @param matrices borrowed: their owner closes them after the training
 * @param activation lambda of lambda sum_l mean_n ||h_l||^2, whose gradient 2 lambda h_l / n each
 *     block adds to its own teaching signal; nothing of it passes between blocks
 * @param alignment beta of the bonus beta mean_l mean_n cos(a_l, g_l), g_l the true gradient by
 *     h_l: its gradient by all parameters is taken through g_l and needs backpropagation twice
 */
public record DirectFeedback(FeedbackMatrices matrices, double activation, double alignment)
    implements GradientRule {
  public DirectFeedback {
    if (!(activation >= 0 && alignment >= 0)) {
      throw new IllegalArgumentException(
          "penalties must be at least 0, got %s and %s".formatted(activation, alignment));
    }
  }

  /** Held in check by nothing but the optimizer's weight decay. */
  public DirectFeedback(FeedbackMatrices matrices) {
    this(matrices, 0, 0);
  }

  @Override
  public Step gradients(Network network, Input inputs, Tensor labels) {
    List<Tensor> states = new ArrayList<>();
    Map<String, Detour> cuts = new LinkedHashMap<>();
    for (String hidden : FeedbackMatrices.hiddenStates(network).names()) {
      cuts.put(
          hidden,
          (input, function) -> {
            states.add(function.apply(input));
            return states.get(states.size() - 1).detach();
          });
    }
    Tensor logits = FeedbackMatrices.hiddenStates(network).forward(inputs, cuts); // (n,K)
    Tensor classes = labels.to(logits.device(), labels.scalar_type()); // (n)
    Tensor error = ErrorSignal.of(logits, classes).error(); // (n,K)
    Tensor share = error.div(TensorBridge.scalar(logits.size(0))); // (n,K)
    TensorVector parts = new TensorVector();
    TensorVector cotangents = new TensorVector();
    for (int l = 0; l < states.size(); l++) {
      if (states.get(l).requires_grad()) {
        parts.push_back(states.get(l));
        cotangents.push_back(cotangent(states.get(l), share, l));
      }
    }
    if (logits.requires_grad()) {
      parts.push_back(logits);
      cotangents.push_back(share);
    }
    backward(parts, cotangents, new BoolOptional(), false, new TensorVector());
    if (alignment > 0) {
      addAlignmentBonus(network, inputs, classes, error);
    }
    return Step.of(cross_entropy_loss(logits.detach(), classes), logits, classes);
  }

  /** e B^T / n, with the penalty's gradient, in the shape of the state. */
  private Tensor cotangent(Tensor state, Tensor share, int l) {
    Tensor signal = shaped(share.mm(matrix(l, state).t()), state); // (n,...)
    if (activation == 0) {
      return signal;
    }
    double factor = 2 * activation / state.size(0);
    return signal.add(state.detach(), TensorBridge.scalar(factor));
  }

  private Tensor matrix(int l, Tensor like) {
    return matrices.of(l).to(like.device(), like.scalar_type()); // (D,K)
  }

  private static Tensor shaped(Tensor flat, Tensor state) {
    Tensor shaped = flat.view(state.shape());
    return state.dim() == 4 ? TensorBridge.channelsLast(shaped) : shaped;
  }

  private void addAlignmentBonus(Network network, Input inputs, Tensor classes, Tensor error) {
    TensorVector states = new TensorVector();
    Tensor logits =
        network.forward(
            inputs, FeedbackMatrices.taps(network), (tap, state) -> states.push_back(state));
    Tensor loss = cross_entropy_loss(logits, classes);
    TensorVector gradients =
        grad(
            new TensorVector(loss),
            states,
            new TensorVector(),
            new BoolOptional(true),
            true,
            false);
    for (int l = 0; l < states.size(); l++) {
      Tensor g = gradients.get(l).flatten(1, -1); // (n,D)
      Tensor a = error.mm(matrix(l, g).t()); // (n,D)
      Tensor lengths = g.mul(g).sum(1).mul(a.mul(a).sum(1)); // (n), squares
      Tensor defined = lengths.detach().gt(TensorBridge.scalar(0)).nonzero().view(-1);
      if (defined.numel() > 0) {
        Tensor cosines =
            a.mul(g).sum(1).index_select(0, defined).div(lengths.index_select(0, defined).sqrt());
        double factor = -alignment / states.size() / defined.numel();
        cosines
            .sum()
            .mul(TensorBridge.scalar(factor))
            .backward(new Tensor(), new BoolOptional(true), false, null);
      }
    }
  }
}
