package dev.collapsar.learn.evidence;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import dev.collapsar.calibration.CollapseNull;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.learn.training.WeightOptimizer;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * Heads that are trained anew from one start on permuted labels, on features that are found once:
 * many heads as one batched problem. It is the chance level of numbers that ask whether an update
 * knows which class is which: near collapse updates under any labels lie in the span of the class
 * means, and only where each class goes tells them apart.
 *
 * @param features (N,D), row i of the samples' row i
 * @param labels (N)
 * @param start what all of them begin as
 * @param training the optimizer and its schedule; its rule is the cross-entropy
 * @param epochs how many
 * @param passes in which order epoch {@code e} (from 1) sees the samples, the same for all
 */
public record RetrainedHeads(
    FeatureArray features,
    int[] labels,
    Head.Classifier start,
    TrainingSpec training,
    int epochs,
    IntFunction<OrderedBatches> passes) {
  /** The weights of the heads that are trained together, at most. */
  private static final long WEIGHTS_AT_ONCE = 1L << 24;

  /**
   * What each head's weights have moved by, (K,D): of draw i on the labels that permuted-label
   * levels of the same seed have in draw i. Draws that end in infinite weights are left out.
   *
   * @param done hears after every epoch how many heads have seen it; may throw to stop
   */
  public List<Matrix> permuted(int draws, Seed seed, IntUnaryOperator done) {
    List<Matrix> all = new ArrayList<>();
    long weights = (long) start.weights().rows() * start.weights().columns();
    int atOnce = (int) Math.max(1, Math.min(draws, WEIGHTS_AT_ONCE / weights));
    for (int from = 0; from < draws; from += atOnce) {
      int[][] block = new int[Math.min(atOnce, draws - from)][];
      for (int i = 0; i < block.length; i++) {
        block[i] = CollapseNull.permuted(labels, from + i, seed);
      }
      all.addAll(updates(block, done));
    }
    return all;
  }

  /** Of heads that learn these labels. */
  List<Matrix> updates(int[][] labellings, IntUnaryOperator done) {
    return TensorScope.within(() -> trained(labellings, done));
  }

  private List<Matrix> trained(int[][] labellings, IntUnaryOperator done) {
    int heads = labellings.length;
    int classes = start.weights().rows();
    int width = start.weights().columns();
    Tensor rows = TensorBridge.floats(floats(), labels.length, width); // (N,D)
    int[] flat = Arrays.stream(labellings).flatMapToInt(Arrays::stream).toArray();
    Tensor targets =
        TensorBridge.indices(flat, flat.length)
            .view(heads, labels.length)
            .t()
            .contiguous(); // (N,m)
    Tensor weights = repeated(start.weights().toArray(), heads, (long) heads * classes, width);
    Tensor bias = repeated(start.bias(), heads, (long) heads * classes);
    weights.set_requires_grad(true);
    bias.set_requires_grad(true);
    try (WeightOptimizer optimizer =
        new WeightOptimizer(training.optimizer(), List.of(weights, bias))) {
      for (int epoch = 1; epoch <= epochs; epoch++) {
        optimizer.setLearningRate(
            training.optimizer().learningRate() * training.schedule().factor(epoch));
        OrderedBatches pass = passes.apply(epoch);
        for (int i = 0; i < pass.batches(); i++) {
          int[] batch =
              Arrays.copyOfRange(
                  pass.order(), i * pass.batchSize(), i * pass.batchSize() + pass.size(i));
          TensorScope.run(
              () -> {
                Tensor index = TensorBridge.indices(batch, batch.length); // (n)
                optimizer.zeroGradients();
                Tensor logits = rows.index_select(0, index).mm(weights.t()).add(bias); // (n,m K)
                loss(logits, targets.index_select(0, index), heads).backward();
                optimizer.step();
              });
        }
        done.applyAsInt(heads);
      }
      optimizer.zeroGradients();
    }
    return moved(TensorBridge.toDoubles(weights.detach()), heads);
  }

  private static Tensor repeated(double[] values, int heads, long... shape) {
    float[] all = new float[values.length * heads];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) values[i % values.length];
    }
    return TensorBridge.floats(all, shape);
  }

  /** The sum over heads of the mean over samples: the mean over all, times the heads. */
  private static Tensor loss(Tensor logits, Tensor targets, int heads) {
    return cross_entropy_loss(
            logits.view(-1, logits.size(1) / heads), targets.view(-1)) // (n m,K), (n m)
        .mul(TensorBridge.scalar(heads));
  }

  private List<Matrix> moved(double[] weights, int heads) {
    double[] before = start.weights().toArray();
    List<Matrix> moved = new ArrayList<>();
    for (int m = 0; m < heads; m++) {
      double[] update = new double[before.length];
      for (int i = 0; i < update.length; i++) {
        update[i] = weights[m * before.length + i] - before[i];
      }
      if (Arrays.stream(update).allMatch(Double::isFinite)) {
        moved.add(Matrix.of(start.weights().rows(), start.weights().columns(), update));
      }
    }
    return moved;
  }

  private float[] floats() {
    try (BatchSource source = features.read(labels.length)) {
      LabeledBatch all = source.next();
      return Arrays.copyOfRange(
          all.floats(), all.start() * all.width(), (all.start() + all.rows()) * all.width());
    }
  }
}
