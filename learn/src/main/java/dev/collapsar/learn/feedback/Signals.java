package dev.collapsar.learn.feedback;

import static org.bytedeco.pytorch.global.torch.grad;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * The learning signals of a network in evaluation mode on samples, computed once and shared by
 * every comparison: each sample's error e and the gradients g_l of its own cross-entropy by its
 * hidden states h_l, through everything that follows. Owns its tensors, which are on the CPU.
 */
public final class Signals implements AutoCloseable {
  private final List<SignalBatch> batches;
  private final List<Long> widths;

  private Signals(List<SignalBatch> batches) {
    this.batches = batches;
    this.widths = batches.get(0).gradients().stream().map(gradient -> gradient.size(1)).toList();
  }

  /**
   * Computes the signals of all samples of a pass; {@code betweenBatches} may throw to stop.
   *
   * @param pass at least one sample
   */
  public static Signals of(Network network, OrderedBatches pass, Runnable betweenBatches) {
    List<SignalBatch> batches = new ArrayList<>();
    try {
      stream(
          network,
          pass,
          batch -> {
            batches.add(batch);
            betweenBatches.run();
          });
    } catch (RuntimeException e) {
      batches.forEach(SignalBatch::close);
      throw e;
    }
    return new Signals(batches);
  }

  /** How the teaching signals of these matrices align with the gradients. */
  public AlignmentSums alignment(FeedbackMatrices feedback) {
    AlignmentAccumulator all = new AlignmentAccumulator(feedback, widths, classes());
    batches.forEach(all::add);
    return all.snapshot();
  }

  /** Likewise batch by batch, none of them kept: for any number of samples. */
  public static AlignmentSums alignment(
      Network network, OrderedBatches pass, FeedbackMatrices feedback, Runnable betweenBatches) {
    AlignmentAccumulator all =
        new AlignmentAccumulator(
            feedback, FeedbackMatrices.widths(network, pass), pass.classes().size());
    stream(
        network,
        pass,
        batch -> {
          all.add(batch);
          batch.close();
          betweenBatches.run();
        });
    return all.snapshot();
  }

  /** Hands out batch after batch, each the consumer's to close. */
  static void stream(Network network, OrderedBatches pass, Consumer<SignalBatch> consumer) {
    network.setTraining(false);
    for (int i = 0; i < pass.batches(); i++) {
      int batch = i;
      consumer.accept(
          TensorScope.within(() -> of(network, pass.input(batch), pass.labelTensor(batch))));
    }
  }

  private static SignalBatch of(Network network, Input inputs, Tensor labels) {
    Evaluated at = Evaluated.of(network, inputs, labels);
    List<Tensor> gradients = new ArrayList<>();
    List<double[]> gradientLengths = new ArrayList<>();
    List<double[]> activationLengths = new ArrayList<>();
    TensorVector all = at.pullBack(at.error.direction());
    double[] errorLengths = TensorBridge.toDoubles(at.error.length());
    for (int l = 0; l < at.states.size(); l++) {
      Tensor g = all.get(l).flatten(1, -1); // (n,D)
      Tensor perUnit = ErrorSignal.lengths(g); // (n,1)
      gradients.add(TensorScope.keep(ErrorSignal.unit(g, perUnit).cpu()));
      double[] lengths = TensorBridge.toDoubles(perUnit);
      for (int n = 0; n < lengths.length; n++) {
        lengths[n] *= errorLengths[n];
      }
      gradientLengths.add(lengths);
      activationLengths.add(
          TensorBridge.toDoubles(ErrorSignal.lengths(at.states.get(l).detach().flatten(1, -1))));
    }
    return new SignalBatch(
        TensorScope.keep(at.error.direction().cpu()),
        errorLengths,
        gradients,
        gradientLengths,
        activationLengths);
  }

  /** A batch on its way forward, ready to be differentiated. */
  record Evaluated(TensorVector states, Tensor logits, ErrorSignal error) {
    static Evaluated of(Network network, Input inputs, Tensor labels) {
      TensorVector states = new TensorVector();
      // States need gradients even where every parameter before them is frozen.
      Input from = Input.of(inputs.only().detach().requires_grad_(true));
      Tensor logits =
          network.forward(from, FeedbackMatrices.taps(network), (tap, h) -> states.push_back(h));
      Tensor classes = labels.to(logits.device(), labels.scalar_type()); // (n)
      return new Evaluated(states, logits, ErrorSignal.of(logits, classes));
    }

    /** The products of a cotangent (n,K) of the logits with their Jacobians by the states. */
    TensorVector pullBack(Tensor cotangent) {
      return grad(
          new TensorVector(logits),
          states,
          new TensorVector(cotangent),
          new BoolOptional(true),
          false,
          false);
    }
  }

  List<SignalBatch> batches() {
    return batches;
  }

  /** The widths D of the hidden states. */
  public List<Long> widths() {
    return widths;
  }

  public int states() {
    return widths.size();
  }

  public int samples() {
    return batches.stream().mapToInt(SignalBatch::samples).sum();
  }

  public long classes() {
    return batches.get(0).error().size(1);
  }

  /** How many samples have a gradient by hidden state l that is not exactly zero. */
  int defined(int l) {
    return batches.stream().mapToInt(batch -> batch.defined(l)).sum();
  }

  @Override
  public void close() {
    batches.forEach(SignalBatch::close);
  }
}
