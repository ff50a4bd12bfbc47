package dev.collapsar.learn.feedback;

import static org.bytedeco.pytorch.global.torch.full;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * For every sample, hidden state and class the cosine of teaching signal and gradient if that class
 * were the label: K backward passes, after which any order of labels is a sum of entries.
 */
final class LabelCosines {
  private final List<double[][]> batches; // for each batch (states, n K)
  private final int classes;

  private LabelCosines(List<double[][]> batches, int classes) {
    this.batches = batches;
    this.classes = classes;
  }

  static LabelCosines of(
      Network network, OrderedBatches pass, FeedbackMatrices feedback, Runnable betweenBatches) {
    network.setTraining(false);
    int classes = pass.classes().size();
    List<double[][]> batches = new ArrayList<>();
    for (int i = 0; i < pass.batches(); i++) {
      betweenBatches.run();
      int batch = i;
      batches.add(
          TensorScope.within(
              () -> table(network, pass.input(batch), pass.size(batch), feedback, classes)));
    }
    return new LabelCosines(batches, classes);
  }

  private static double[][] table(
      Network network, Input inputs, int samples, FeedbackMatrices feedback, int classes) {
    Signals.Evaluated at = Signals.Evaluated.of(network, inputs, all(0, samples));
    double[][] table = new double[(int) at.states().size()][samples * classes];
    for (int c = 0; c < classes; c++) {
      int label = c;
      TensorScope.run(
          () -> {
            Tensor error = ErrorSignal.of(at.logits(), all(label, samples)).direction(); // (n,K)
            TensorVector gradients = at.pullBack(error);
            for (int l = 0; l < table.length; l++) {
              Tensor g = gradients.get(l).flatten(1, -1).cpu().to(ScalarType.Double); // (n,D)
              Tensor a = error.cpu().mm(feedback.of(l).t()).to(ScalarType.Double); // (n,D)
              // 0/0, no cosine, where either is exactly zero
              Tensor lengths = ErrorSignal.lengths(a).mul(ErrorSignal.lengths(g)).view(-1);
              double[] cosines = TensorBridge.toDoubles(a.mul(g).sum(1).div(lengths)); // (n)
              for (int n = 0; n < samples; n++) {
                table[l][n * classes + label] = cosines[n];
              }
            }
          });
    }
    return table;
  }

  private static Tensor all(int label, int samples) {
    return full(new long[] {samples}, new Scalar(label), new TensorOptions(ScalarType.Long));
  }

  /** Mean cosines of every hidden state under these labels of all samples. */
  double[] means(int[] labels) {
    double[] sums = new double[batches.get(0).length];
    int first = 0;
    for (double[][] table : batches) {
      int samples = table[0].length / classes;
      for (int l = 0; l < sums.length; l++) {
        for (int n = 0; n < samples; n++) {
          sums[l] += table[l][n * classes + labels[first + n]];
        }
      }
      first += samples;
    }
    for (int l = 0; l < sums.length; l++) {
      sums[l] /= labels.length;
    }
    return sums;
  }
}
