package dev.collapsar.learn.settings;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.network.script.ScriptOptions;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
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
  private static final List<String> BUILT_IN = List.of(SMALL_CNN, MLP, RESNET18, RESIDUAL_MLP);
  private static final int RESIDUAL_WIDTH = 256;
  private static final int RESIDUAL_BLOCKS = 4;

  private static final String A_FILE = "FILE";

  private final Setting<String> network;
  private final Setting<String> head;
  private final Setting<String> output;
  private final Setting<Boolean> train;
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
        new Setting<>(
                "network",
                initial,
                "the network that is trained, or the file of one",
                "one of %s, or the path of a TorchScript file"
                    .formatted(String.join(", ", BUILT_IN)),
                text -> BUILT_IN.contains(text) || isPath(text) ? text : null)
            .naming(NetworkSettings::file);
    this.head =
        text("network.head", "the Linear layer that classifies; by default what makes the output");
    this.output =
        text(
            "network.output",
            "what of a tuple (a number from 0) or dictionary (a key) the logits are; by default the"
                + " first");
    this.train = trainable();
    this.width =
        ofResNet18(
            "network.width", width, 1024, "channels of resnet18's first stage; 64 in the paper");
    this.growth =
        ofResNet18(
            "network.growth",
            growth,
            2,
            "how many times the channels of resnet18's stage the next has; 2 in the paper");
    this.stem =
        Setting.choice(
                "network.stem",
                "cifar",
                List.of("cifar", "imagenet"),
                "what images meet first in resnet18: a 3x3 convolution, or 7x7 and pooling")
            .onlyWith(network, RESNET18);
  }

  private Setting<Boolean> trainable() {
    return Setting.flag(
            "network.train",
            false,
            "train all of a file's network as the base, rather than take it as it comes")
        .onlyWith(network, NetworkSettings::isFile, A_FILE);
  }

  private Setting<Integer> ofResNet18(String key, int initial, int most, String meaning) {
    return Setting.integer(key, initial, 1, most, meaning).onlyWith(network, RESNET18);
  }

  private Setting<String> text(String key, String meaning) {
    return new Setting<>(key, "", meaning, "a name, or nothing", text -> text)
        .onlyWith(network, NetworkSettings::isFile, A_FILE);
  }

  /** A mistyped name is no path, unless there is something of that name. */
  private static boolean isPath(String text) {
    try {
      return text.contains("/")
          || text.endsWith(".pt")
          || !text.isEmpty() && Files.exists(Path.of(text));
    } catch (InvalidPathException e) {
      return false; // the caller says what is allowed
    }
  }

  private static Optional<Path> file(String network) {
    return isFile(network) ? Optional.of(Path.of(network)) : Optional.empty();
  }

  private static boolean isFile(String network) {
    return !BUILT_IN.contains(network);
  }

  /** The same setting, with another default beside a network of a file. */
  public <T> Setting<T> ofFiles(Setting<T> setting, T initial) {
    return setting.initially(initial, network, NetworkSettings::isFile, A_FILE);
  }

  /** Of resnet18 with so many channels in its first stage, for a first look. */
  public Preset ofWidth(int channels) {
    return width.preset(channels);
  }

  /** The recipe lists them among its own. */
  public List<Setting<?>> settings() {
    return List.of(network, width, growth, stem, head, output, train, checkpoint);
  }

  /** Those of a recipe that trains its one network, whatever that comes from. */
  public List<Setting<?>> settingsOfOne() {
    return settings().stream().filter(setting -> setting != train).toList();
  }

  /** Whether all of a file's network is trained as the base, as a recipe of one always does. */
  public boolean trainsFile(Settings settings) {
    return !Boolean.FALSE.equals(settings.asMap().get(train.key()));
  }

  /** The file that brings the network's own code, if it is none of ours. */
  public Optional<Path> file(Settings settings) {
    return file(settings.get(network));
  }

  /**
   * How that file is used.
   *
   * @param anySize whether images of another size than the traced one may enter
   */
  public ScriptOptions options(Settings settings, boolean anySize) {
    return new ScriptOptions(
        Optional.of(settings.get(head)).filter(name -> !name.isEmpty()),
        Optional.of(settings.get(output)).filter(name -> !name.isEmpty()),
        anySize);
  }

  /**
   * Refuses a network of which only its file's code knows what it computes.
   *
   * @param reason why the recipe cannot use it
   */
  public void requireBuiltIn(Settings settings, String reason) {
    file(settings)
        .ifPresent(
            file -> {
              throw new InvalidInputException(
                  "network=%s: %s; use one of %s"
                      .formatted(file, reason, String.join(", ", BUILT_IN)));
            });
  }

  /** The checkpoint as the user spelled it, if one was given. */
  public Optional<Path> checkpoint(Settings settings) {
    String file = settings.get(checkpoint);
    return file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file));
  }

  /** Whether it takes square images alone. */
  public boolean takesSquares(Settings settings) {
    return settings.get(network).equals(SMALL_CNN) && checkpoint(settings).isEmpty();
  }

  /** What the chosen network is called: its architecture, or the file that it comes from. */
  public String named(Settings settings) {
    return file(settings)
        .or(() -> checkpoint(settings))
        .map(from -> from.getFileName().toString())
        .orElseGet(() -> settings.get(network));
  }

  /** Whether its weights come from elsewhere, trained on nobody here knows what. */
  public boolean isTrained(Settings settings) {
    return file(settings).isPresent() || checkpoint(settings).isPresent();
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
              "network=%s: images are %sx%s, it needs square ones of at least 4x4; data.size=%s makes them so"
                  .formatted(
                      SMALL_CNN,
                      images.height(),
                      images.width(),
                      Math.max(4, Math.min(images.height(), images.width()))));
        }
        values.put("channels", images.channels());
        values.put("size", images.height());
      }
    }
    return values;
  }
}
