package dev.collapsar.learn.network.layer;

import dev.collapsar.learn.network.layer.NetworkSpec.Mlp;
import dev.collapsar.learn.network.layer.NetworkSpec.ResNet18;
import dev.collapsar.learn.network.layer.NetworkSpec.ResNet18.Stem;
import dev.collapsar.learn.network.layer.NetworkSpec.ResidualMlp;
import dev.collapsar.learn.network.layer.NetworkSpec.SmallCnn;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The network of ours that tensors of such names and shapes are of.
 *
 * @param assumptions sentences, each one thing that names and shapes do not say
 */
public record ArchitectureGuess(NetworkSpec spec, List<String> assumptions) {
  private static final long[] ABSENT = {};

  public ArchitectureGuess {
    assumptions = List.copyOf(assumptions);
  }

  /** Finds the network whose parameters and buffers have exactly these names and shapes. */
  public static Optional<ArchitectureGuess> of(Map<String, long[]> shapes) {
    boolean empty =
        shapes.values().stream()
            .flatMapToLong(Arrays::stream)
            .anyMatch(length -> length < 1 || length > Integer.MAX_VALUE);
    return empty
        ? Optional.empty()
        : smallCnn(shapes)
            .or(() -> mlp(shapes))
            .or(() -> resNet18(shapes))
            .or(() -> residualMlp(shapes).map(mlp -> new ArchitectureGuess(mlp, List.of())))
            .filter(known -> known.fits(shapes));
  }

  private static Optional<ArchitectureGuess> smallCnn(Map<String, long[]> shapes) {
    long[] first = shapes.getOrDefault("features.0.weight", ABSENT); // (32,channels,3,3)
    long[] hidden = shapes.getOrDefault("classifier.1.weight", ABSENT); // (128,64*(size/4)^2)
    long[] head = shapes.getOrDefault("classifier.3.weight", ABSENT); // (classes,128)
    if (first.length != 4 || hidden.length != 2 || head.length != 2) {
      return Optional.empty();
    }
    int size = (int) (4 * Math.round(Math.sqrt(hidden[1] / 64.)));
    return Optional.of(
        new ArchitectureGuess(
            new SmallCnn((int) first[1], size, (int) head[0]),
            List.of(
                "images are %sx%s; up to %sx%s have the same tensors"
                    .formatted(size, size, size + 3, size + 3))));
  }

  private static Optional<ArchitectureGuess> mlp(Map<String, long[]> shapes) {
    List<Integer> widths = new ArrayList<>();
    for (int i = 1; ; i++) {
      long[] layer = shapes.getOrDefault("linear" + i + ".weight", ABSENT); // (out,in)
      if (layer.length != 2) {
        break;
      }
      if (i == 1) {
        widths.add((int) layer[1]);
      }
      widths.add((int) layer[0]);
    }
    return widths.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ArchitectureGuess(
                new Mlp(widths), List.of("ReLU stands between the linear layers")));
  }

  private static Optional<ArchitectureGuess> resNet18(Map<String, long[]> shapes) {
    long[] first = shapes.getOrDefault("conv1.weight", ABSENT); // (width,channels,k,k)
    long[] second =
        shapes.getOrDefault("layer2.0.conv1.weight", ABSENT); // (growth*width,width,3,3)
    long[] head = shapes.getOrDefault("fc.weight", ABSENT); // (classes,growth^3*width)
    if (first.length != 4 || second.length != 4 || head.length != 2 || first[0] == 0) {
      return Optional.empty();
    }
    ResNet18 spec =
        new ResNet18(
            (int) first[1],
            (int) first[0],
            (int) (second[0] / first[0]),
            first[2] == 3 ? Stem.CIFAR : Stem.IMAGENET,
            (int) head[0]);
    String sizes =
        "images are %s, channels first; other sizes are taken too"
            .formatted(spec.input().orElseThrow().shape());
    String stem =
        spec.stem() == Stem.CIFAR
            ? "no pooling follows the 3x3 convolution at the start"
            : "3x3 pooling follows the 7x7 convolution at the start, which has stride 2";
    return Optional.of(new ArchitectureGuess(spec, List.of(sizes, stem)));
  }

  /** The residual MLP whose names and widths these are, whether or not the rest fits it. */
  public static Optional<ResidualMlp> residualMlp(Map<String, long[]> shapes) {
    long[] embed = shapes.getOrDefault("embed.weight", ABSENT); // (width,inputs)
    long[] head = shapes.getOrDefault("out_head.weight", ABSENT); // (classes,width)
    if (embed.length != 2 || head.length != 2) {
      return Optional.empty();
    }
    int blocks = 0;
    while (shapes.containsKey("blocks.%s.1.weight".formatted(blocks))) {
      blocks++;
    }
    return Optional.of(new ResidualMlp((int) embed[1], (int) embed[0], (int) head[0], blocks));
  }

  /** Whether that network could have the same tensors. */
  public boolean admits(NetworkSpec other) {
    if (spec instanceof Mlp one && other instanceof Mlp two) {
      return one.widths().equals(two.widths());
    }
    if (spec instanceof SmallCnn one && other instanceof SmallCnn two) {
      return one.channels() == two.channels()
          && one.size() / 4 == two.size() / 4
          && one.classes() == two.classes();
    }
    return spec.equals(other);
  }

  /** Nothing is built that has more weights than there are. */
  private boolean fits(Map<String, long[]> shapes) {
    double held =
        shapes.values().stream()
            .mapToDouble(
                shape -> Arrays.stream(shape).mapToDouble(n -> n).reduce(1, (a, b) -> a * b))
            .sum();
    if (leastWeights(spec) > held) {
      return false;
    }
    try (LayerNetwork network = LayerNetwork.initialized(spec, new Seed(0))) {
      return network.weights().match(shapes).isExact();
    }
  }

  /** How many weights such a network has in its larger matrices and convolutions. */
  private static double leastWeights(NetworkSpec spec) {
    if (spec instanceof SmallCnn cnn) {
      double quarter = cnn.size() / 4;
      return 128 * 64 * quarter * quarter + 128. * cnn.classes() + 288. * cnn.channels();
    }
    if (spec instanceof Mlp mlp) {
      double weights = 0;
      for (int i = 1; i < mlp.widths().size(); i++) {
        weights += (double) mlp.widths().get(i - 1) * mlp.widths().get(i);
      }
      return weights;
    }
    if (spec instanceof ResidualMlp mlp) {
      double width = mlp.width();
      return width * (mlp.inputs() + 2 * width * mlp.blocks() + mlp.classes());
    }
    if (spec instanceof ResNet18 net) {
      double last = net.width() * Math.pow(net.growth(), 3);
      return 27 * last * last + last * net.classes() + 9. * net.width() * net.channels();
    }
    return 0;
  }
}
