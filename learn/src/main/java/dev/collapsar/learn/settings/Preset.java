package dev.collapsar.learn.settings;

/**
 * A recipe's own value of a setting in place of the default.
 *
 * @param text as one writes it after {@code --set key=}
 */
public record Preset(String key, String text) {}
