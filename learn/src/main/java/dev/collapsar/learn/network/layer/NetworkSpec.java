package dev.collapsar.learn.network.layer;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.network.layer.Conv2d.Geometry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** What kind of network, in numbers: enough to build it anew. */
public sealed interface NetworkSpec {
  /** The architecture's name as recipes spell it. */
  String name();

  /**
   * The dotted name of the last Linear layer, whose input is the representation and whose rows are
   * the classifier.
   */
  String head();

  /**
   * The dotted names of the layers whose outputs are the hidden states h_0 .. h_L, in order: the
   * places that direct feedback reaches, each once on every way from the input to the head.
   */
  List<String> hidden();

  /** The layers, uninitialised. */
  Layer build();

  /**
   * The numbers but the classes as a card keeps them; {@link #of} is the way back.
   *
   * @return {@code name} first
   */
  Map<String, Object> architecture();

  /** What one sample is, pixels in [0, 1]; empty if only the layers know. */
  Optional<InputSpec> input();

  /**
   * The network of a card.
   *
   * @param source the file as the user spelled it
   * @throws dev.collapsar.InvalidInputException if the card's architecture is none of these
   */
  static NetworkSpec of(NetworkCard card, String source) {
    return of(card.architecture(), card.classes().size(), source);
  }

  /** Likewise, of the numbers that {@link #architecture} gives and so many classes. */
  static NetworkSpec of(Map<String, Object> architecture, int classes, String source) {
    return new ArchitectureReader(architecture, classes, source).spec();
  }

  /** The same with a head of so many classes. */
  NetworkSpec withClasses(int classes);

  /** Whether the layers take samples of this shape. */
  boolean takes(List<Long> sample);

  private static long size(List<Long> sample) {
    return sample.stream().reduce(1L, Math::multiplyExact);
  }

  /**
   * Two 3x3 convolutions (32, 64 channels), each followed by ReLU and 2x2 max-pooling, then
   * Linear(64*(size/4)^2, 128), ReLU, Linear(128, classes); 421,642 parameters for 28x28 grey
   * images and ten classes. PyTorch names: {@code features.0}, {@code features.3}, {@code
   * classifier.1}, {@code classifier.3}.
   */
  record SmallCnn(int channels, int size, int classes) implements NetworkSpec {
    @Override
    public String name() {
      return "small-cnn";
    }

    @Override
    public Map<String, Object> architecture() {
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("name", name());
      values.put("channels", channels);
      values.put("size", size);
      return values;
    }

    @Override
    public Optional<InputSpec> input() {
      return Optional.of(InputSpec.Image.unit(channels, size, size));
    }

    @Override
    public NetworkSpec withClasses(int count) {
      return new SmallCnn(channels, size, count);
    }

    @Override
    public boolean takes(List<Long> sample) {
      return sample.equals(List.of((long) channels, (long) size, (long) size));
    }

    @Override
    public String head() {
      return "classifier.3";
    }

    @Override
    public List<String> hidden() {
      return List.of("features.2", "features.5", "classifier.2");
    }

    @Override
    public Layer build() {
      Geometry same3x3 = Geometry.kernel(3).withPadding(1);
      // Pooling before ReLU gives the same numbers (both are monotone) and leaves ReLU a quarter of
      // the values.
      Sequential features =
          new Sequential(
              new Conv2d(channels, 32, same3x3, true),
              new MaxPool2d(2),
              new Relu(),
              new Conv2d(32, 64, same3x3, true),
              new MaxPool2d(2),
              new Relu());
      long flat = 64L * (size / 4) * (size / 4);
      Sequential classifier =
          new Sequential(
              new Flatten(), new Linear(flat, 128), new Relu(), new Linear(128, classes));
      Map<String, Layer> parts = new LinkedHashMap<>();
      parts.put("features", features);
      parts.put("classifier", classifier);
      return Sequential.named(parts);
    }
  }

  /**
   * Linear layers {@code linear1}, {@code linear2}, ... with an activation between, on flattened
   * images. Widths 784, 1000, 2000, 10 give 2,807,010 parameters.
   *
   * @param widths inputs, hidden layers, classes: at least two
   */
  record Mlp(List<Integer> widths, Activation activation) implements NetworkSpec {
    /** What stands between two Linear layers. */
    public enum Activation {
      RELU,
      GELU;

      /** As cards and layer names spell it. */
      public String key() {
        return name().toLowerCase(Locale.ROOT);
      }

      private Layer layer() {
        return this == RELU ? new Relu() : new Gelu();
      }
    }

    /** With ReLU. */
    public Mlp(List<Integer> widths) {
      this(widths, Activation.RELU);
    }

    public Mlp {
      widths = List.copyOf(widths);
      if (widths.size() < 2) {
        throw new IllegalArgumentException("an MLP has at least inputs and classes, got " + widths);
      }
    }

    @Override
    public String name() {
      return "mlp";
    }

    @Override
    public Map<String, Object> architecture() {
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("name", name());
      values.put("inputs", widths.get(0));
      values.put("hidden", widths.subList(1, widths.size() - 1));
      values.put("activation", activation.key());
      return values;
    }

    @Override
    public Optional<InputSpec> input() {
      return Optional.of(InputSpec.Array.ofWidth(widths.get(0)));
    }

    @Override
    public NetworkSpec withClasses(int count) {
      List<Integer> others = new ArrayList<>(widths);
      others.set(widths.size() - 1, count);
      return new Mlp(others, activation);
    }

    @Override
    public boolean takes(List<Long> sample) {
      return NetworkSpec.size(sample) == widths.get(0);
    }

    @Override
    public String head() {
      return "linear" + (widths.size() - 1);
    }

    @Override
    public List<String> hidden() {
      return IntStream.range(1, widths.size() - 1).mapToObj(i -> activation.key() + i).toList();
    }

    @Override
    public Layer build() {
      Map<String, Layer> layers = new LinkedHashMap<>();
      layers.put("flatten", new Flatten());
      for (int i = 1; i < widths.size(); i++) {
        layers.put("linear" + i, new Linear(widths.get(i - 1), widths.get(i)));
        if (i < widths.size() - 1) {
          layers.put(activation.key() + i, activation.layer());
        }
      }
      return Sequential.named(layers);
    }
  }

  /**
   * ResNet-18 (He et al. 2016) with torchvision's names: a stem, four stages of two residual blocks
   * each, the mean over all pixels, a Linear {@code fc}. Width 64, growth 2, three channels and a
   * thousand classes give torchvision's 11,689,512 parameters with the ImageNet stem.
   *
   * @param width channels of the stem and of the first stage: 64 in the paper
   * @param growth how many times the channels of a stage the next has: 2 in the paper
   */
  record ResNet18(int channels, int width, int growth, Stem stem, int classes)
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

    /** With the paper's growth: 1, 2, 4, 8 times {@code width} channels. */
    public ResNet18(int channels, int width, Stem stem, int classes) {
      this(channels, width, 2, stem, classes);
    }

    @Override
    public String name() {
      return "resnet18";
    }

    @Override
    public Map<String, Object> architecture() {
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("name", name());
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
          small
              ? Geometry.kernel(3).withPadding(1)
              : Geometry.kernel(7).withStride(2).withPadding(3);
      layers.put("conv1", Conv2d.beforeNorm(channels, width, first));
      layers.put("bn1", new BatchNorm2d(width));
      layers.put("relu", new Relu());
      if (!small) {
        layers.put("maxpool", new MaxPool2d(3, 2, 1));
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
      layers.put("avgpool", new GlobalAveragePool2d());
      layers.put("flatten", new Flatten());
      layers.put("fc", new Linear(in, classes));
      return Sequential.named(layers);
    }
  }

  /**
   * An MLP of residual blocks on flattened images: h_0 = {@code embed}(x), h_{l+1} = h_l +
   * block_l(h_l), logits = {@code out_head}({@code out_ln}(h_L)). A block {@code blocks.<l>} is
   * LayerNorm ({@code .0}), Linear ({@code .1}), GELU, Linear ({@code .3}), each {@code width}
   * wide.
   */
  record ResidualMlp(int inputs, int width, int classes, int blocks) implements NetworkSpec {
    @Override
    public String name() {
      return "residual-mlp";
    }

    @Override
    public Map<String, Object> architecture() {
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("name", name());
      values.put("inputs", inputs);
      values.put("width", width);
      values.put("blocks", blocks);
      return values;
    }

    @Override
    public Optional<InputSpec> input() {
      return Optional.of(InputSpec.Array.ofWidth(inputs));
    }

    @Override
    public NetworkSpec withClasses(int count) {
      return new ResidualMlp(inputs, width, count, blocks);
    }

    @Override
    public boolean takes(List<Long> sample) {
      return NetworkSpec.size(sample) == inputs;
    }

    @Override
    public String head() {
      return "out_head";
    }

    @Override
    public List<String> hidden() {
      List<String> states = new ArrayList<>();
      states.add("embed");
      for (int l = 0; l < blocks; l++) {
        states.add("blocks." + l);
      }
      return states;
    }

    @Override
    public Layer build() {
      Layer[] parts = new Layer[blocks];
      for (int l = 0; l < blocks; l++) {
        parts[l] =
            new ResidualSequence(
                new LayerNorm(width),
                new Linear(width, width),
                new Gelu(),
                new Linear(width, width));
      }
      Map<String, Layer> layers = new LinkedHashMap<>();
      layers.put("flatten", new Flatten());
      layers.put("embed", new Linear(inputs, width));
      layers.put("blocks", new Sequential(parts));
      layers.put("out_ln", new LayerNorm(width));
      layers.put("out_head", new Linear(width, classes));
      return Sequential.named(layers);
    }
  }

  /**
   * A network of the caller's own.
   *
   * @param head the dotted name of its last Linear layer
   * @param hidden the hidden states, as {@link NetworkSpec#hidden} says
   * @param layers builds it anew at each call
   */
  record Composed(String name, String head, List<String> hidden, Supplier<Layer> layers)
      implements NetworkSpec {
    /** One of which no hidden states are named. */
    public Composed(String name, String head, Supplier<Layer> layers) {
      this(name, head, List.of(), layers);
    }

    /** The name alone: a card cannot say what the layers are. */
    @Override
    public Map<String, Object> architecture() {
      return Map.of("name", name);
    }

    @Override
    public Optional<InputSpec> input() {
      return Optional.empty();
    }

    @Override
    public NetworkSpec withClasses(int count) {
      return new Composed(
          name,
          head,
          hidden,
          () -> {
            Layer root = layers.get();
            LayerNetwork.putHead(root, head, count);
            return root;
          });
    }

    /** Whatever: only its layers know. */
    @Override
    public boolean takes(List<Long> sample) {
      return true;
    }

    @Override
    public Layer build() {
      return layers.get();
    }
  }
}
