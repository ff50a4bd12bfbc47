package dev.collapsar.learn.run;

import dev.collapsar.learn.dataset.NamedImages;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.run.RunConditions;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Settings that may change while a run is resumed: where the same images lie, and how many epochs
 * are trained, if nothing else depends on that.
 */
final class FreeSettings {
  static final String DATA = "data";
  private static final String EPOCHS = "epochs";

  private FreeSettings() {}

  /**
   * Whether this is the place of something whose content has a hash: a folder or tar of images, or
   * a file that the setting names.
   */
  static boolean isPlace(Setting<?> setting, Settings settings) {
    return setting.file(settings).isPresent()
        || setting.key().equals(DATA)
            && NamedImages.named(settings.get(setting).toString()).isEmpty();
  }

  /** The name or place of the images; empty if the recipe has none. */
  static String data(Settings settings) {
    return settings.asMap().getOrDefault(DATA, "").toString();
  }

  static boolean countsEpochs(String key) {
    return key.equals(EPOCHS) || key.endsWith("." + EPOCHS);
  }

  /** Of the recipe with these settings, the same for all values of free ones. */
  static String hash(Recipe recipe, long seed, Settings settings) {
    Map<String, Object> bound = new LinkedHashMap<>(settings.asMap());
    recipe.settings().stream()
        .filter(
            setting ->
                isPlace(setting, settings)
                    || countsEpochs(setting.key())
                        && recipe.whatDependsOn(setting.key(), settings).isEmpty())
        .forEach(setting -> bound.remove(setting.key()));
    return RunConditions.recipeHash(recipe.name(), seed, bound);
  }
}
