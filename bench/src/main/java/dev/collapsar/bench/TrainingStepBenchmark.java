package dev.collapsar.bench;

import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.convolution_backward;
import static org.bytedeco.pytorch.global.torch.randn;

import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.images.Shift;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.random.Seed;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One training step of the domain-shift recipe at batch 128, its batch assembled and shifted in it,
 * beside what it cannot do without: the same convolutions and matrix products, forward and
 * backward, on tensors that lie ready.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 3)
@Fork(1)
public class TrainingStepBenchmark {
  private static final int BATCH = 128;
  private static final int RANK = 8;
  private static final long[] ONE = {1, 1};
  private static final long[] NONE = {0, 0};

  @Param({"full", "head", "lora"})
  public String variant;

  private Network network;
  private Trainer trainer;
  private OrderedBatches pass;
  private int next;
  private Map<String, Tensor> ready;

  @Setup
  public void prepare() {
    TorchRuntime.setThreads(Runtime.getRuntime().availableProcessors(), true);
    Seed seed = new Seed(42);
    pass =
        OrderedBatches.shuffled(NoiseImages.of(20 * BATCH).with(new Shift(25, 0.15)), BATCH, seed);
    network = LayerNetwork.initialized(new SmallCnn(1, 28, 10), seed);
    if (variant.equals("head")) {
      network.weights().setTrainableOnly("classifier.3");
    } else if (variant.equals("lora")) {
      Adapter.attach(
          network,
          "default",
          AdapterConfig.of(new ModuleSelector.AllLinear(), RANK, 16).build(),
          seed);
    }
    network.setTraining(true);
    trainer = new Trainer(network, OptimizerSpec.Adam.withLearningRate(1e-3));
    ready =
        Map.ofEntries(
            tensor("x1", BATCH, 1, 28, 28),
            tensor("w1", 32, 1, 3, 3),
            tensor("g1", BATCH, 32, 28, 28),
            tensor("x2", BATCH, 32, 14, 14),
            tensor("w2", 64, 32, 3, 3),
            tensor("g2", BATCH, 64, 14, 14),
            tensor("x3", BATCH, 3136),
            tensor("w3", 128, 3136),
            tensor("g3", BATCH, 128),
            tensor("x4", BATCH, 128),
            tensor("w4", 10, 128),
            tensor("g4", BATCH, 10),
            tensor("a3", RANK, 3136),
            tensor("b3", 128, RANK),
            tensor("a4", RANK, 128),
            tensor("b4", 10, RANK),
            tensor("h", BATCH, RANK));
  }

  @TearDown
  public void free() {
    ready.values().forEach(TensorScope::free);
    trainer.close();
    network.close();
  }

  @Benchmark
  public GradientRule.Step step() {
    int batch = next++ % pass.batches();
    return TensorScope.within(() -> trainer.step(pass.input(batch), pass.labelTensor(batch)));
  }

  @Benchmark
  public void bare() {
    TensorScope.runWithoutGradients(
        () -> {
          TensorOptional noBias = new TensorOptional();
          conv2d(t("x1"), t("w1"), noBias, ONE, ONE, ONE, 1);
          conv2d(t("x2"), t("w2"), noBias, ONE, ONE, ONE, 1);
          t("x3").mm(t("w3").t());
          t("x4").mm(t("w4").t());
          switch (variant) {
            case "full" -> {
              t("g4").mm(t("w4"));
              t("g4").t().mm(t("x4"));
              t("g3").mm(t("w3"));
              t("g3").t().mm(t("x3"));
              backward("g2", "x2", "w2", true);
              backward("g1", "x1", "w1", false);
            }
            case "head" -> t("g4").t().mm(t("x4"));
            default -> {
              t("x3").mm(t("a3").t());
              t("h").mm(t("b3").t());
              t("x4").mm(t("a4").t());
              t("h").mm(t("b4").t());
              t("g4").mm(t("w4"));
              t("g4").mm(t("b4"));
              t("g4").t().mm(t("h"));
              t("h").t().mm(t("x4"));
              t("h").mm(t("a4"));
              t("g3").mm(t("b3"));
              t("g3").t().mm(t("h"));
              t("h").t().mm(t("x3"));
            }
          }
        });
  }

  private void backward(String gradient, String input, String weight, boolean inputToo) {
    BoolPointer wanted = new BoolPointer(3).put(0, inputToo).put(1, true).put(2, false);
    convolution_backward(
        t(gradient), t(input), t(weight), new long[] {0}, ONE, ONE, ONE, false, NONE, 1, wanted);
  }

  private Tensor t(String name) {
    return ready.get(name);
  }

  /** Random values; images with their channels innermost, as the network has them. */
  private static Map.Entry<String, Tensor> tensor(String name, long... shape) {
    return TensorScope.within(
        () -> {
          Tensor values = randn(shape);
          boolean images = shape.length == 4 && !name.startsWith("w");
          return Map.entry(
              name, TensorScope.keep(images ? TensorBridge.channelsLast(values) : values));
        });
  }
}
