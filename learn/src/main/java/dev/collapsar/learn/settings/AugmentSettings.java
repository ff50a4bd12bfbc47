package dev.collapsar.learn.settings;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.images.Augmented;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.Normalized;
import java.util.List;

/** How images are changed at random while they are learned: a recipe's settings for that. */
public final class AugmentSettings {
  private static final String FLIP = "flip";
  private static final String CROP = "crop";
  private static final String ROTATION = "rotation";
  private static final String COLOUR = "colour";
  private static final String NONE = "none";

  /** An eighth of the side, as CIFAR's 4 of 32. */
  private static final int PADDING_SHARE = 8;

  private final Setting<List<String>> augment =
      Setting.choices(
          "augment",
          List.of(NONE),
          List.of(NONE, FLIP, CROP, ROTATION, COLOUR),
          "how images change at random as they are learned: mirrored, moved by up to an eighth of a"
              + " side, turned, recoloured");
  private final Setting<Double> degrees =
      Setting.number("augment.degrees", 15, 0, 180, "largest turn either way, for rotation");
  private final Setting<Double> colour =
      Setting.number(
          "augment.colour", 0.2, 0, 1, "how much brightness, contrast and saturation change");

  /** The recipe lists them among its own. */
  public List<Setting<?>> settings() {
    return List.of(augment, degrees, colour);
  }

  /** How images enter while they are learned, of those that enter so when they are measured. */
  public ImageTransform of(Settings settings, InputSpec.Image input) {
    List<String> chosen = settings.get(augment);
    if (chosen.equals(List.of(NONE))) {
      return Normalized.entering(input);
    }
    return new Augmented(
        chosen.contains(ROTATION) ? settings.get(degrees) : 0,
        chosen.contains(CROP) ? Math.max(1, input.width() / PADDING_SHARE) : 0,
        chosen.contains(FLIP),
        chosen.contains(COLOUR) ? settings.get(colour) : 0,
        input.mean(),
        input.std());
  }
}
