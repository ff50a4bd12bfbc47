package dev.collapsar.learn.network.architecture;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.network.layer.BatchNorm2d;
import dev.collapsar.learn.network.layer.Conv2d;
import dev.collapsar.learn.network.layer.Conv2d.Geometry;
import dev.collapsar.learn.network.layer.Layer;
import dev.collapsar.learn.network.layer.Linear;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.network.layer.Sequential;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * ResNet-18 (He et al. 2016) with torchvision's names: a stem, four stages of two residual blocks
 * each, the mean over all pixels, a Linear {@code fc}. Width 64, growth 2, three channels and a
 * thousand classes give torchvision's 11,689,512 parameters with the ImageNet stem.
 *
 * @param width channels of the stem and of the first stage: 64 in the paper
 * @param growth how many times the channels of a stage the next has: 2 in the paper
 */
public record ResNet18(int channels, int width, int growth, Stem stem, int classes)
    implements NetworkSpec {
  /** What the images meet first. */
  public enum Stem {
    /** A 3x3 convolution at full resolution: for images of some 32 pixels. */
    CIFAR,
    /** A 7x7 convolution of stride 2 and a 3x3 max-pooling of stride 2: for some 224 pixels. */
    IMAGENET;

    /** As settings and cards spell it. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static final Architecture ARCHITECTURE =
      new Architecture("resnet18", ResNet18::read, ResNet18::guess);

  /** With the paper's growth: 1, 2, 4, 8 times {@code width} channels. */
  public ResNet18(int channels, int width, Stem stem, int classes) {
    this(channels, width, 2, stem, classes);
  }

  @Override
  public Map<String, Object> architecture() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("name", ARCHITECTURE.name());
    values.put("channels", channels);
    values.put("width", width);
    values.put("growth", growth);
    values.put("stem", stem.key());
    return values;
  }

  @Override
  public Optional<InputSpec> input() {
    int size = stem == Stem.CIFAR ? 32 : 224;
    return Optional.of(InputSpec.Image.unit(channels, size, size));
  }

  @Override
  public NetworkSpec withClasses(int count) {
    return new ResNet18(channels, width, growth, stem, count);
  }

  /** Images of any size. */
  @Override
  public boolean takes(List<Long> sample) {
    return sample.size() == 3 && sample.get(0) == channels;
  }

  @Override
  public String head() {
    return "fc";
  }

  @Override
  public List<String> hidden() {
    List<String> states = new ArrayList<>();
    states.add(stem == Stem.CIFAR ? "relu" : "maxpool");
    for (int stage = 1; stage <= 4; stage++) {
      states.add("layer%s.0".formatted(stage));
      states.add("layer%s.1".formatted(stage));
    }
    return states;
  }

  @Override
  public Layer build() {
    Map<String, Layer> layers = new LinkedHashMap<>();
    boolean small = stem == Stem.CIFAR;
    Geometry first =
        small ? Geometry.kernel(3).withPadding(1) : Geometry.kernel(7).withStride(2).withPadding(3);
    layers.put("conv1", Conv2d.beforeNorm(channels, width, first));
    layers.put("bn1", new BatchNorm2d(width));
    layers.put("relu", Layer.relu());
    if (!small) {
      layers.put("maxpool", Layer.maxPool2d(3, 2, 1));
    }
    int in = width;
    for (int stage = 1; stage <= 4; stage++) {
      int out = stage == 1 ? width : in * growth;
      layers.put(
          "layer" + stage,
          new Sequential(
              new ResidualBlock(in, out, stage == 1 ? 1 : 2), new ResidualBlock(out, out, 1)));
      in = out;
    }
    layers.put("avgpool", Layer.globalAveragePool2d());
    layers.put("flatten", Layer.flatten());
    layers.put("fc", new Linear(in, classes));
    return Sequential.named(layers);
  }

  private static NetworkSpec read(CardNumbers numbers) {
    return new ResNet18(
        numbers.integer("channels"),
        numbers.integer("width"),
        numbers.integer("growth"),
        numbers.choice("stem", Stem.values(), Stem::key),
        numbers.classes());
  }

  private static Optional<ArchitectureGuess> guess(Map<String, long[]> shapes) {
    long[] first = shapes.getOrDefault("conv1.weight", Architecture.ABSENT); // (width,channels,k,k)
    long[] second =
        shapes.getOrDefault(
            "layer2.0.conv1.weight", Architecture.ABSENT); // (growth*width,width,3,3)
    long[] head = shapes.getOrDefault("fc.weight", Architecture.ABSENT); // (classes,growth^3*width)
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
    double last = spec.width * Math.pow(spec.growth, 3);
    double weights = 27 * last * last + last * head[0]; // of the last stage and the head
    return Optional.of(new ArchitectureGuess(spec, weights, List.of(sizes, stem)));
  }
}
