package dev.collapsar.study;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A side of a comparison: one variant in one stage under one choice of the settings that differ,
 * over all seeds.
 *
 * @param values of the axes, by key in their order; empty if none differs, or none changes it
 */
public record Arm(Map<String, String> values, String variant, String stage) {
  public Arm {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** Whether it stands for this choice. */
  boolean isOf(Map<String, String> choice) {
    return values.isEmpty() || values.entrySet().containsAll(choice.entrySet());
  }

  /** Its variant's name and, in short, what sets it apart: {@code lora-r4 · init=pissa}. */
  public String label() {
    return values.isEmpty() ? variant : variant + " · " + choice();
  }

  private String choice() {
    return values.entrySet().stream()
        .map(e -> shortName(e.getKey()) + "=" + e.getValue())
        .collect(Collectors.joining(", "));
  }

  private static String shortName(String key) {
    return key.substring(key.lastIndexOf('.') + 1);
  }

  /**
   * The variant's name without the values that it repeats, so that {@code lora-r1} where the rank
   * is 1 and {@code lora-r4} where it is 4 are one.
   */
  String role() {
    String role = variant;
    for (String value : values.values()) {
      if (!value.isEmpty()) {
        // A number is not found within another, a word not within another.
        String within = Character.isDigit(value.charAt(0)) ? "[0-9.]" : "[A-Za-z0-9]";
        role =
            role.replaceAll("(?<!%1$s)%2$s(?!%1$s)".formatted(within, Pattern.quote(value)), "*");
      }
    }
    return role;
  }
}
