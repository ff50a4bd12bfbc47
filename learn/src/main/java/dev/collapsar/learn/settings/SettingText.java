package dev.collapsar.learn.settings;

/**
 * A value of a setting as the user wrote it.
 *
 * @param origin where, for messages: {@code --set}, or a file with line and column
 */
public record SettingText(String text, String origin) {}
