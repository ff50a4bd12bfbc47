package dev.collapsar.learn.feedback;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.Accumulator;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Sums the alignment of teaching signals with gradients over batches of any number. */
final class AlignmentAccumulator implements Accumulator<SignalBatch, AlignmentSums> {
  private final FeedbackMatrices feedback;
  private AlignmentSums sums;

  /**
   * @param feedback of the teaching signals, borrowed
   * @param widths of the hidden states
   */
  AlignmentAccumulator(FeedbackMatrices feedback, List<Long> widths, long classes) {
    this.feedback = feedback;
    this.sums = AlignmentSums.none(widths, Math.toIntExact(classes));
  }

  @Override
  public void add(SignalBatch batch) {
    sums = sums.plus(TensorScope.withinWithoutGradients(() -> sumsOf(batch)));
  }

  @Override
  public void merge(AlignmentSums part) {
    sums = sums.plus(part);
  }

  @Override
  public AlignmentSums snapshot() {
    return sums;
  }

  private AlignmentSums sumsOf(SignalBatch batch) {
    List<AlignmentSums.Layer> layers = new ArrayList<>();
    for (int l = 0; l < batch.gradients().size(); l++) {
      layers.add(layer(batch, l));
    }
    int samples = batch.samples();
    Tensor e =
        batch
            .error()
            .to(ScalarType.Double)
            .mul(TensorBridge.doubles(batch.errorLengths(), samples, 1)); // (n,K)
    return new AlignmentSums(samples, matrix(e.t().mm(e)), layers);
  }

  private AlignmentSums.Layer layer(SignalBatch batch, int l) {
    Tensor g = batch.gradients().get(l); // (n,D), unit rows
    Tensor a = batch.error().mm(feedback.of(l).t()); // (n,D), for unit errors
    double[] lengths = TensorBridge.toDoubles(ErrorSignal.lengths(a)); // (n)
    double[] products = TensorBridge.toDoubles(a.to(ScalarType.Double).mul(g).sum(1)); // (n)
    long defined = 0;
    double cosine = 0;
    double signalSquares = 0;
    double gradientSquares = 0;
    double gradient = 0;
    double activation = 0;
    for (int n = 0; n < lengths.length; n++) {
      double ofGradient = batch.gradientLengths().get(l)[n];
      double ofSignal = lengths[n] * batch.errorLengths()[n];
      if (ofGradient > 0 && ofSignal > 0) {
        defined++;
        cosine += products[n] / lengths[n];
      }
      signalSquares += ofSignal * ofSignal;
      gradientSquares += ofGradient * ofGradient;
      gradient += ofGradient;
      activation += batch.activationLengths().get(l)[n];
    }
    Tensor agreement = a.sign().mul(g.sign()); // (n,D)
    long signs = agreement.count_nonzero().item_long();
    long equal = agreement.gt(TensorBridge.scalar(0)).sum().item_long();
    return new AlignmentSums.Layer(
        defined,
        cosine,
        signalSquares,
        gradientSquares,
        gradient,
        activation,
        equal,
        signs,
        matrix(g.t().mm(batch.error())));
  }

  private static Matrix matrix(Tensor values) {
    return Matrix.of(
        (int) values.size(0), (int) values.size(1), TensorBridge.toDoubles(values.contiguous()));
  }
}
