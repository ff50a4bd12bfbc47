package dev.collapsar.learn.feedback;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.empty;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.Detour;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.weight.WeightSite;
import dev.collapsar.random.Seed;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * Backpropagation in which every Linear and Conv2d layer sends the error back through a matrix or
 * filters B of its weight's shape in place of its weight W; the layer's own update uses what
 * arrives at its output. Everything else (ReLU, pooling, normalisation) is differentiated truly.
 * Owns what it drew.
 */
public final class LayerFeedback implements GradientRule, AutoCloseable {
  private final Transport transport;
  private final Map<String, Tensor> drawn;
  private final Seed seed;

  /** What B is. With s = sqrt(2 / (fan in + fan out)), M normal with deviation s. */
  public enum Transport {
    /** Fixed, uniform in +-1/sqrt(fan in) as W begins: feedback alignment (Lillicrap 2016). */
    RANDOM,
    /** s sign(W): uniform sign-concordant feedback (Moskovitz 2018; Liao 2016). */
    SIGN_UNIFORM,
    /** |M| sign(W), M drawn once: fixed random magnitude. */
    SIGN_FIXED,
    /**
     * |M| sign(W), M drawn anew for every batch: batch-random magnitude. The stream is named by the
     * weights at that step, so that a resumed training draws what it would have drawn.
     */
    SIGN_BATCH;

    /** As settings spell it. */
    public String key() {
      return this == RANDOM ? "fa" : name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  LayerFeedback(Transport transport, Map<String, Tensor> drawn, Seed seed) {
    this.transport = transport;
    this.drawn = drawn;
    this.seed = seed;
  }

  /** Draws what the transport needs for this network from streams of the seed. */
  public static LayerFeedback of(Transport transport, Network network, Seed seed) {
    return TensorScope.withinWithoutGradients(
        () -> {
          Map<String, Tensor> drawn = new LinkedHashMap<>();
          sites(network)
              .forEach(
                  (name, site) -> {
                    Tensor weight = site.weight().original();
                    GeneratorOptional chance =
                        FeedbackMatrices.generator(seed.stream("feedback/" + name));
                    if (transport == Transport.RANDOM) {
                      double bound = 1 / Math.sqrt(fan(weight, 0));
                      Tensor b = empty(weight.shape()).uniform_(-bound, bound, chance);
                      drawn.put(name, TensorScope.keep(b));
                    } else if (transport == Transport.SIGN_FIXED) {
                      drawn.put(name, TensorScope.keep(magnitude(weight, chance)));
                    }
                  });
          return new LayerFeedback(transport, drawn, seed);
        });
  }

  @Override
  public Step gradients(Network network, Input inputs, Tensor labels) {
    Map<String, Detour> detours = new LinkedHashMap<>();
    sites(network).forEach((name, site) -> detours.put(name, detour(name, site)));
    return backpropagate(network, detours, inputs, labels);
  }

  /** Where the error is sent back another way. */
  private static Map<String, WeightSite> sites(Network network) {
    Map<String, WeightSite> sites = network.weights().sites();
    sites.values().removeIf(site -> site.kind() == WeightSite.Kind.EMBEDDING);
    return sites;
  }

  /** The layer's values, with the gradient of its weight, and of its input through B. */
  private Detour detour(String name, WeightSite site) {
    return (input, function) -> {
      Tensor output = function.apply(input.detach());
      if (!input.requires_grad()) {
        return output;
      }
      Tensor back = site.map().map(input, feedback(name, site));
      return output.add(back.sub(back.detach())); // adds 0 to the values
    };
  }

  /** B of this layer now, of its weight's shape. */
  Tensor feedback(String name, WeightSite site) {
    Tensor weight = site.weight().effective().detach();
    return switch (transport) {
      case RANDOM -> drawn.get(name).to(weight.device(), weight.scalar_type());
      case SIGN_UNIFORM -> weight.sign().mul(TensorBridge.scalar(deviation(weight)));
      case SIGN_FIXED ->
          weight.sign().mul(drawn.get(name).to(weight.device(), weight.scalar_type()));
      case SIGN_BATCH -> {
        long now = Double.doubleToLongBits(weight.sum().item_double());
        Tensor magnitude =
            magnitude(
                weight,
                FeedbackMatrices.generator(seed.stream("feedback/%s/%s".formatted(name, now))));
        yield weight.sign().mul(magnitude.to(weight.device(), weight.scalar_type()));
      }
    };
  }

  private static Tensor magnitude(Tensor weight, GeneratorOptional chance) {
    return empty(weight.shape()).normal_(0, deviation(weight), chance).abs();
  }

  private static double deviation(Tensor weight) {
    return Math.sqrt(2.0 / (fan(weight, 0) + fan(weight, 1)));
  }

  /** Numbers that one output sums over (0), or outputs that one input reaches (1). */
  private static long fan(Tensor weight, int side) {
    return weight.numel() / weight.size(side);
  }

  /** The gradient of the mean cross-entropy through layers that take detours. */
  static Step backpropagate(
      Network network, Map<String, Detour> detours, Input inputs, Tensor labels) {
    Tensor logits = FeedbackMatrices.hiddenStates(network).forward(inputs, detours); // (n,K)
    Tensor classes = labels.to(logits.device(), labels.scalar_type()); // (n)
    Tensor loss = cross_entropy_loss(logits, classes);
    loss.backward();
    return Step.of(loss, logits, classes);
  }

  @Override
  public void close() {
    drawn.values().forEach(TensorScope::free);
  }
}
