package dev.collapsar.learn.settings;

import dev.collapsar.learn.dataset.NamedImages;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Which images a recipe works on: its settings for them. */
public final class DataSettings {
  private final Setting<String> data;
  private final Setting<Boolean> skipUnreadable =
      Setting.flag(
          "data.skip-unreadable",
          false,
          "leave out images of a folder or tar that cannot be read, and note it");

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
            "one of " + names + ", or the path of a folder or .tar with train/ and test/",
            text -> NamedImages.named(text).isPresent() || isPath(text) ? text : null);
  }

  /** A mistyped name is no path, unless there is something of that name. */
  private static boolean isPath(String text) {
    try {
      return text.contains("/")
          || text.endsWith(".tar")
          || !text.isEmpty() && Files.exists(Path.of(text));
    } catch (InvalidPathException e) {
      return false; // the caller says what is allowed
    }
  }

  /** The recipe lists them among its own. */
  public List<Setting<?>> settings() {
    return List.of(data, skipUnreadable);
  }

  /** The name or the place of the chosen images. */
  public String data(Settings settings) {
    return settings.get(data);
  }

  /** Whether images of a folder or tar that cannot be read are left out. */
  public boolean skipsUnreadable(Settings settings) {
    return settings.get(skipUnreadable);
  }
}
