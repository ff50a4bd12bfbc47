package dev.collapsar.learn.study;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * One run of a study, before it is made.
 *
 * @param values of the axes, by key
 * @param adaptSeed empty where adaptation has the run's seed
 */
public record PlannedRun(Map<String, String> values, long seed, OptionalLong adaptSeed) {
  /** What file systems refuse in a name somewhere, and what our names mean by themselves. */
  private static final String ESCAPED = "/\\:*?\"<>|%,=";

  private static final int LONGEST = 200; // of 255 bytes

  public PlannedRun {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /**
   * Its directory's: {@code <axis>=<value>,...}, the seeds last. In a value each byte that file
   * systems refuse, and each comma, is {@code %} and two hexadecimal digits; what is longer than
   * 200 bytes ends in a number of its own.
   */
  public String name() {
    StringBuilder name = new StringBuilder();
    values.forEach((key, value) -> append(name, key, value));
    append(name, "seed", Long.toString(seed));
    adaptSeed.ifPresent(own -> append(name, "adapt.seed", Long.toString(own)));
    if (name.length() <= LONGEST) {
      return name.toString();
    }
    String hash = String.format(Locale.ROOT, "~%08x", name.toString().hashCode());
    return name.substring(0, LONGEST - hash.length()) + hash;
  }

  private static void append(StringBuilder name, String key, String value) {
    name.append(name.isEmpty() ? "" : ",").append(key).append('=');
    for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
      boolean plain = b > 0x20 && b < 0x7f && ESCAPED.indexOf(b) < 0;
      name.append(
          plain ? String.valueOf((char) b) : String.format(Locale.ROOT, "%%%02X", b & 0xff));
    }
  }

  @Override
  public String toString() {
    return name();
  }
}
