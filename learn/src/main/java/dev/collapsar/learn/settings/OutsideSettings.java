package dev.collapsar.learn.settings;

import java.util.List;

/** Images of another distribution than the data's, on which NC5 is measured. */
public final class OutsideSettings {
  /** That there are none. */
  public static final String NONE = "none";

  private final Setting<String> ood;
  private final Setting<Integer> samples =
      Setting.count("ood.samples", 10_000, "how many of them, at most");

  /**
   * @param initial a name of data, or {@link #NONE}
   */
  public OutsideSettings(String initial) {
    ood =
        new Setting<>(
            "ood",
            initial,
            "images of another distribution, which enter as the data do: for NC5",
            "none, the name of data, or the path of any images: a folder, .zip or .tar",
            text -> text.isEmpty() ? null : text);
  }

  /** The recipe lists them among its own. */
  public List<Setting<?>> settings() {
    return List.of(ood, samples);
  }

  /** The name or the place of the images, or {@link #NONE}. */
  public String data(Settings settings) {
    return settings.get(ood);
  }

  /** How many take part at most. */
  public Setting<Integer> samples() {
    return samples;
  }
}
