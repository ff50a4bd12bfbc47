package dev.collapsar.bench;

import static org.bytedeco.pytorch.global.torch.randn;

import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.feedback.DirectFeedback;
import dev.collapsar.learn.feedback.FeedbackMatrices;
import dev.collapsar.learn.feedback.FeedbackNulls;
import dev.collapsar.learn.feedback.NullDraws;
import dev.collapsar.learn.feedback.Pairing;
import dev.collapsar.learn.feedback.Signals;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.ResidualMlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.random.Seed;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The feedback-null recipe's residual MLP (784, 256, 10, 4 blocks): a training step at batch 128 by
 * direct feedback beside one by backpropagation; and 1,000 fresh draws against 2,048 samples at
 * five hidden states, gradients there already, beside the bare matrix products of as many
 * operations: for each state (2048, 2560) with (2560, 1000).
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 4)
@Fork(1)
public class FeedbackBenchmark {
  private static final int BATCH = 128;
  private static final int SAMPLES = 2048;
  private static final int PROBE_BATCH = 512;
  private static final int DRAWS = 1000;
  private static final int WIDTH = 256;
  private static final int CLASSES = 10;
  private static final int BLOCKS = 4;

  private Network backward;
  private Network direct;
  private FeedbackMatrices feedback;
  private Trainer bp;
  private Trainer dfa;
  private OrderedBatches pass;
  private OrderedBatches probe;
  private Signals signals;
  private Tensor left;
  private Tensor right;
  private int next;

  @Setup
  public void prepare() {
    TorchRuntime.setThreads(Runtime.getRuntime().availableProcessors());
    Seed seed = new Seed(42);
    pass = OrderedBatches.shuffled(NoiseImages.of(20 * BATCH), BATCH, seed);
    probe = OrderedBatches.inOrder(NoiseImages.of(SAMPLES), PROBE_BATCH, seed);
    NetworkSpec spec = new ResidualMlp(784, WIDTH, CLASSES, BLOCKS);
    backward = LayerNetwork.initialized(spec, seed);
    direct = LayerNetwork.initialized(spec, seed);
    List<Long> widths = FeedbackMatrices.widths(backward, probe);
    Pairing pairing = Pairing.Rule.BLOCK_OUTPUT.of(widths.size());
    feedback = FeedbackMatrices.gaussian(widths, CLASSES, pairing, seed);
    TrainingSpec training = TrainingSpec.of(OptimizerSpec.Adam.withLearningRate(1e-3));
    bp = new Trainer(backward, training);
    dfa = new Trainer(direct, training.withRule(new DirectFeedback(feedback)));
    signals = Signals.of(backward, probe, () -> {});
    left = TensorScope.within(() -> TensorScope.keep(randn(SAMPLES, WIDTH * CLASSES)));
    right = TensorScope.within(() -> TensorScope.keep(randn(WIDTH * CLASSES, DRAWS)));
  }

  @TearDown
  public void free() {
    TensorScope.free(left);
    TensorScope.free(right);
    signals.close();
    bp.close();
    dfa.close();
    feedback.close();
    backward.close();
    direct.close();
  }

  @Benchmark
  public GradientRule.Step backpropagationStep() {
    return step(bp);
  }

  @Benchmark
  public GradientRule.Step directFeedbackStep() {
    return step(dfa);
  }

  private GradientRule.Step step(Trainer trainer) {
    int batch = next++ % pass.batches();
    return TensorScope.within(() -> trainer.step(pass.input(batch), pass.labelTensor(batch)));
  }

  @Benchmark
  public NullDraws freshDraws() {
    return new FeedbackNulls(signals, feedback.pairing(), DRAWS, () -> {}).fresh();
  }

  @Benchmark
  public void bareProducts() {
    for (int l = 0; l <= BLOCKS; l++) {
      TensorScope.runWithoutGradients(() -> left.mm(right));
    }
  }

  /** Forward and backward of all samples, once for any number of draws. */
  @Benchmark
  public void gradients() {
    Signals.of(backward, probe, () -> {}).close();
  }
}
