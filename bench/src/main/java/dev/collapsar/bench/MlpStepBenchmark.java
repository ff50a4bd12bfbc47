package dev.collapsar.bench;

import static org.bytedeco.pytorch.global.torch.mm_out;
import static org.bytedeco.pytorch.global.torch.randn;

import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.dataset.NamedImages;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.learn.training.WeightOptimizer;
import dev.collapsar.random.Seed;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
 * One training step of the digit-nine recipe at batch 10, all parameters or rank-1 updates, beside
 * what the full step cannot do without: its bare matrix products and one pass of Adam over the
 * parameters. And the evaluation of 10,000 images.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 3)
@Fork(1)
public class MlpStepBenchmark {
  private static final int BATCH = 10;
  private static final int IMAGES = 10_000;
  private static final int TESTED = 500;

  private Network network;
  private Network adapted;
  private Trainer full;
  private Trainer lora;
  private WeightOptimizer adam;
  private OrderedBatches pass;
  private OrderedBatches test;
  private int next;
  private Map<String, Tensor> ready;
  private List<Tensor> weights;

  @Setup
  public void prepare() {
    TorchRuntime.setThreads(Runtime.getRuntime().availableProcessors());
    Seed seed = new Seed(42);
    ImageTransform transform = NamedImages.MNIST.normalized();
    pass = OrderedBatches.shuffled(NoiseImages.of(IMAGES).with(transform), BATCH, seed);
    test = OrderedBatches.inOrder(NoiseImages.of(IMAGES).with(transform), TESTED, seed);
    network = LayerNetwork.initialized(new Mlp(List.of(784, 1000, 2000, 10)), seed);
    adapted = network.copy();
    AdapterConfig config = AdapterConfig.of(new ModuleSelector.AllLinear(), 1, 1).build();
    Adapter.attach(adapted, "default", config, seed);
    network.setTraining(true);
    adapted.setTraining(true);
    full = new Trainer(network, OptimizerSpec.Adam.withLearningRate(1e-3));
    lora = new Trainer(adapted, OptimizerSpec.Adam.withLearningRate(1e-3));
    adam =
        new WeightOptimizer(
            OptimizerSpec.Adam.withLearningRate(1e-9), network.weights().trainable().values());
    TensorScope.run(() -> network.forward(pass.input(0)).sum().backward());
    weights =
        network.weights().trainable().values().stream()
            .filter(parameter -> parameter.dim() == 2)
            .toList();
    ready =
        Stream.of("x1 10 784", "x2 10 1000", "x3 10 2000", "g1 10 1000", "g2 10 2000", "g3 10 10")
            .map(line -> line.split(" "))
            .collect(
                Collectors.toMap(
                    part -> part[0],
                    part ->
                        TensorScope.within(
                            () ->
                                TensorScope.keep(
                                    randn(Long.parseLong(part[1]), Long.parseLong(part[2]))))));
  }

  @TearDown
  public void free() {
    ready.values().forEach(TensorScope::free);
    adam.close();
    full.close();
    lora.close();
    adapted.close();
    network.close();
  }

  @Benchmark
  public GradientRule.Step fullStep() {
    return step(full);
  }

  @Benchmark
  public GradientRule.Step loraStep() {
    return step(lora);
  }

  private GradientRule.Step step(Trainer trainer) {
    int batch = next++ % pass.batches();
    return TensorScope.within(() -> trainer.step(pass.input(batch), pass.labelTensor(batch)));
  }

  /**
   * The products of the full step, forward and backward, on the network's own weights and into
   * their gradients; the first layer needs no input gradient.
   */
  @Benchmark
  public void bareProducts() {
    TensorScope.runWithoutGradients(
        () -> {
          t("x1").mm(w(1).t());
          t("x2").mm(w(2).t());
          t("x3").mm(w(3).t());
          t("g3").mm(w(3));
          mm_out(w(3).grad(), t("g3").t(), t("x3"));
          t("g2").mm(w(2));
          mm_out(w(2).grad(), t("g2").t(), t("x2"));
          mm_out(w(1).grad(), t("g1").t(), t("x1"));
        });
  }

  /** One pass of fused Adam over all parameters. */
  @Benchmark
  public void bareAdam() {
    adam.step();
  }

  /**
   * Both in turn, as a step has them: weights, gradients and moments are more than a cache holds,
   * so each leaves the other nothing warm.
   */
  @Benchmark
  public void bareProductsThenAdam() {
    bareProducts();
    bareAdam();
  }

  @Benchmark
  public Evaluation evaluateTenThousandImages() {
    Evaluation evaluation = Evaluation.of(network, test, n -> {});
    network.setTraining(true);
    return evaluation;
  }

  private Tensor t(String name) {
    return ready.get(name);
  }

  private Tensor w(int layer) {
    return weights.get(layer - 1);
  }
}
