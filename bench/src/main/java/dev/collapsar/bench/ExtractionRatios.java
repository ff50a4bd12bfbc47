package dev.collapsar.bench;

import static org.bytedeco.pytorch.global.torch.conv2d;

import com.sun.management.OperatingSystemMXBean;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.ResNet18.Stem;
import dev.collapsar.learn.network.layer.Conv2d;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.random.Seed;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Prints the processor time that a frozen ResNet-18 (width 64) takes for the features of a batch of
 * 32x32 images, in single precision and in bf16, against its convolutions alone on tensors that lie
 * ready; the repetitions of all three alternate.
 *
 * <pre>java ... dev.collapsar.bench.ExtractionRatios [threads [batch [repetitions]]]</pre>
 */
public final class ExtractionRatios {
  private static final long[] DILATION = {1, 1};

  private ExtractionRatios() {}

  private record Convolution(Tensor input, Tensor filters, long[] stride, long[] padding) {}

  public static void main(String[] args) {
    int threads = args.length > 0 ? Integer.parseInt(args[0]) : 2;
    int batch = args.length > 1 ? Integer.parseInt(args[1]) : 128;
    int repetitions = args.length > 2 ? Integer.parseInt(args[2]) : 7;
    TorchRuntime.setThreads(threads, true);
    try (LayerNetwork network =
        LayerNetwork.initialized(new ResNet18(3, 64, Stem.CIFAR, 10), new Seed(1))) {
      network.weights().setTrainable(false);
      network.setTraining(false);
      Network first = network.until("fc");
      SplittableRandom random = new SplittableRandom(2);
      float[] pixels = new float[batch * 3 * 32 * 32];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (float) random.nextGaussian();
      }
      Tensor images =
          TensorScope.within(
              () ->
                  TensorScope.keep(
                      TensorBridge.channelsLast(TensorBridge.floats(pixels, batch, 3, 32, 32))));
      List<Convolution> convolutions = convolutions(network, images);
      double[][] seconds = new double[3][repetitions];
      for (int i = -1; i < repetitions; i++) {
        double[] taken = {
          seconds(() -> bare(convolutions)),
          seconds(() -> first.forward(images)),
          seconds(() -> first.forward(images.to(ScalarType.BFloat16)).to(ScalarType.Float))
        };
        for (int kind = 0; kind < 3 && i >= 0; kind++) {
          seconds[kind][i] = taken[kind];
        }
      }
      Arrays.stream(seconds).forEach(Arrays::sort);
      double[] median = Arrays.stream(seconds).mapToDouble(s -> s[repetitions / 2]).toArray();
      double[] least = Arrays.stream(seconds).mapToDouble(s -> s[0]).toArray();
      System.out.printf(
          "batch %d, %d threads: convolutions %.3f s, fp32 %.3f s, bf16 %.3f s of processor time"
              + " (medians)%n",
          batch, threads, median[0], median[1], median[2]);
      System.out.printf(
          "fp32 at %.0f%% of its convolutions' rate (least: %.0f%%); bf16 %.2f times as fast"
              + " (least: %.2f); features off by %.2g relative%n",
          100 * median[0] / median[1],
          100 * least[0] / least[1],
          median[1] / median[2],
          least[1] / least[2],
          error(first, images));
    }
  }

  /** Every convolution with the input that it meets in the network. */
  private static List<Convolution> convolutions(LayerNetwork network, Tensor images) {
    List<Convolution> found = new ArrayList<>();
    network
        .layers()
        .forEach(
            (name, layer) -> {
              if (layer instanceof Conv2d conv) {
                TensorScope.runWithoutGradients(
                    () ->
                        network.forward(
                            Input.of(images),
                            List.of(TapPoint.input(name)),
                            (tap, input) -> {
                              long stride = conv.geometry().stride();
                              long padding = conv.geometry().padding();
                              found.add(
                                  new Convolution(
                                      TensorScope.keep(input),
                                      TensorScope.keep(conv.weight().original()),
                                      new long[] {stride, stride},
                                      new long[] {padding, padding}));
                            }));
              }
            });
    return found;
  }

  private static void bare(List<Convolution> convolutions) {
    TensorOptional noBias = new TensorOptional();
    convolutions.forEach(c -> conv2d(c.input, c.filters, noBias, c.stride, c.padding, DILATION, 1));
  }

  /** Of all processors together: what else runs on the machine counts little. */
  private static double seconds(Runnable action) {
    OperatingSystemMXBean process =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    long start = process.getProcessCpuTime();
    TensorScope.runWithoutGradients(action);
    return (process.getProcessCpuTime() - start) * 1e-9;
  }

  /** ||bf16 - fp32|| / ||fp32|| of the features. */
  private static double error(Network first, Tensor images) {
    return TensorScope.withinWithoutGradients(
        () -> {
          Tensor exact = first.forward(images);
          Tensor rounded = first.forward(images.to(ScalarType.BFloat16)).to(ScalarType.Float);
          return rounded.sub(exact).norm().item_double() / exact.norm().item_double();
        });
  }
}
