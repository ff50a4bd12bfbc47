package dev.collapsar.learn.settings;

import dev.collapsar.learn.dataset.Grouping;
import dev.collapsar.learn.dataset.NamedImages;
import dev.collapsar.learn.images.PixelScale;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** Which images a recipe works on: its settings for them. */
public final class DataSettings {
  private static final int LARGEST_SIDE = 4096;
  private static final String AS_THEY_ARE = "auto";
  private static final Map<String, Integer> COLOURS = Map.of("grey", 1, "rgb", 3);

  private final Setting<String> data;
  private final Setting<Boolean> skipUnreadable =
      Setting.flag(
          "data.skip-unreadable",
          false,
          "leave out images of a folder or tar that cannot be read, and note it");
  private final Setting<String> pixels =
      new Setting<>(
          "data.pixels",
          "",
          "how pixels enter the network; by default as its card says, or else as the recipe"
              + " chooses",
          PixelScale.ALLOWED + "; or nothing",
          text -> text.isEmpty() || PixelScale.parse(text).isPresent() ? text : null);
  private final Setting<String> size =
      new Setting<>(
          "data.size",
          "",
          "pixels a side of the images that enter the network; by default as they are",
          "a whole number in 1..%s, or nothing".formatted(LARGEST_SIDE),
          DataSettings::parseSide);
  private final Setting<String> colour =
      Setting.choice(
          "data.colour",
          AS_THEY_ARE,
          List.of(AS_THEY_ARE, "grey", "rgb"),
          "whether images enter in grey or in red, green and blue; auto: in grey if every one is");
  private final Setting<String> group =
      new Setting<>(
          "data.group",
          Grouping.none().toString(),
          "what a split that the seed draws must not divide: a patient, a camera, an object",
          Grouping.ALLOWED,
          DataSettings::parseGroup);

  /**
   * @param initial the name of the recipe's own data
   */
  public DataSettings(String initial) {
    String names =
        Arrays.stream(NamedImages.values()).map(NamedImages::key).collect(Collectors.joining(", "));
    data =
        new Setting<>(
            "data",
            initial,
            "the images that are learned and tested on",
            "one of "
                + names
                + ", or the path of images: a folder, .zip or .tar with train/ and test/ or with"
                + " classes, or a .csv of file,label beside them",
            text -> NamedImages.named(text).isPresent() || isPath(text) ? text : null);
  }

  /** A mistyped name is no path, unless there is something of that name. */
  private static boolean isPath(String text) {
    try {
      return text.contains("/")
          || text.endsWith(".tar")
          || text.endsWith(".zip")
          || text.endsWith(".csv")
          || !text.isEmpty() && Files.exists(Path.of(text));
    } catch (InvalidPathException e) {
      return false; // the caller says what is allowed
    }
  }

  private static String parseSide(String text) {
    boolean side = text.matches("[1-9]\\d{0,3}") && Integer.parseInt(text) <= LARGEST_SIDE;
    return side || text.isEmpty() ? text : null;
  }

  /** The recipe lists them among its own. */
  public List<Setting<?>> settings() {
    return List.of(data, skipUnreadable, pixels, size, colour, group);
  }

  /** How pixels enter, if the user said so. */
  public Optional<PixelScale> pixels(Settings settings) {
    return PixelScale.parse(settings.get(pixels));
  }

  private static String parseGroup(String text) {
    try {
      return Grouping.of(text).toString();
    } catch (IllegalArgumentException e) {
      return null; // the caller says what is allowed
    }
  }

  /** The side of the images that enter, if the user said so. */
  public OptionalInt size(Settings settings) {
    String side = settings.get(size);
    return side.isEmpty() ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(side));
  }

  /** How many channels enter, if the user said so. */
  public OptionalInt channels(Settings settings) {
    Integer channels = COLOURS.get(settings.get(colour));
    return channels == null ? OptionalInt.empty() : OptionalInt.of(channels);
  }

  /** What images belong together. */
  public Grouping group(Settings settings) {
    return Grouping.of(settings.get(group));
  }

  /** The name or the place of the chosen images. */
  public String data(Settings settings) {
    return settings.get(data);
  }

  /** What the chosen images are called: their name, or that of their file or folder. */
  public String named(Settings settings) {
    String chosen = settings.get(data);
    Path name = NamedImages.named(chosen).isPresent() ? null : Path.of(chosen).getFileName();
    return name == null ? chosen : name.toString();
  }

  /** Whether images of a folder or tar that cannot be read are left out. */
  public boolean skipsUnreadable(Settings settings) {
    return settings.get(skipUnreadable);
  }
}
