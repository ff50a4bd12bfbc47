package dev.collapsar.learn.settings;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.NetworkCard;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which network a recipe begins with: its settings for it, and the card of the network that they
 * choose.
 */
public final class NetworkSettings {
  private static final String SMALL_CNN = "small-cnn";
  private static final String MLP = "mlp";
  private static final String RESNET18 = "resnet18";
  private static final String RESIDUAL_MLP = "residual-mlp";
  private static final int RESIDUAL_WIDTH = 256;
  private static final int RESIDUAL_BLOCKS = 4;

  private final Setting<String> network;
  private final Setting<Integer> width;
  private final Setting<Integer> growth;
  private final Setting<String> stem;
  private final Setting<String> checkpoint =
      Setting.file(
          "base.checkpoint",
          "a PyTorch or safetensors checkpoint of the network, instead of training the base");

  /** A choice whose default is the recipe's own network. */
  public NetworkSettings(String initial) {
    this(initial, 64, 2);
  }

  /**
   * @param width channels of resnet18's first stage, unless chosen otherwise
   * @param growth how many times the channels of a stage the next has, likewise
   */
  public NetworkSettings(String initial, int width, int growth) {
    this.network =
        Setting.choice(
            "network",
            initial,
            List.of(SMALL_CNN, MLP, RESNET18, RESIDUAL_MLP),
            "the network that is trained");
    this.width =
        Setting.integer(
                "network.width",
                width,
                1,
                1024,
                "channels of resnet18's first stage; 64 in the paper")
            .onlyWith(network, RESNET18);
    this.growth =
        Setting.integer(
                "network.growth",
                growth,
                1,
                2,
                "how many times the channels of resnet18's stage the next has; 2 in the paper")
            .onlyWith(network, RESNET18);
    this.stem =
        Setting.choice(
                "network.stem",
                "cifar",
                List.of("cifar", "imagenet"),
                "what images meet first in resnet18: a 3x3 convolution, or 7x7 and pooling")
            .onlyWith(network, RESNET18);
  }

  /** Of resnet18 with so many channels in its first stage, for a first look. */
  public Preset ofWidth(int channels) {
    return width.preset(channels);
  }

  /** The recipe lists them among its own. */
  public List<Setting<?>> settings() {
    return List.of(network, width, growth, stem, checkpoint);
  }

  /** Whether the network comes trained, from a checkpoint: then the recipe does not train it. */
  public boolean isTrained(Settings settings) {
    return checkpoint(settings).isPresent();
  }

  /** The checkpoint as the user spelled it, if one was given. */
  public Optional<Path> checkpoint(Settings settings) {
    String file = settings.get(checkpoint);
    return file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file));
  }

  /**
   * The card of the chosen network for these images, which enter as their transform says.
   *
   * @throws InvalidInputException if the network does not take such images
   */
  public NetworkCard card(Settings settings, ImageSet images) {
    return NetworkFile.card(architecture(settings, images), images.input(), images.classes());
  }

  private Map<String, Object> architecture(Settings settings, ImageSet images) {
    Map<String, Object> values = new LinkedHashMap<>();
    String name = settings.get(network);
    values.put("name", name);
    switch (name) {
      case MLP -> {
        values.put("inputs", images.imageSize());
        values.put("hidden", List.of(1000, 2000));
        values.put("activation", "relu");
      }
      case RESIDUAL_MLP -> {
        values.put("inputs", images.imageSize());
        values.put("width", RESIDUAL_WIDTH);
        values.put("blocks", RESIDUAL_BLOCKS);
      }
      case RESNET18 -> {
        values.put("channels", images.channels());
        values.put("width", settings.get(width));
        values.put("growth", settings.get(growth));
        values.put("stem", settings.get(stem));
      }
      default -> {
        if (images.height() != images.width() || images.height() < 4) {
          throw new InvalidInputException(
              "network=%s: images are %sx%s, it needs square ones of at least 4x4"
                  .formatted(SMALL_CNN, images.height(), images.width()));
        }
        values.put("channels", images.channels());
        values.put("size", images.height());
      }
    }
    return values;
  }
}
