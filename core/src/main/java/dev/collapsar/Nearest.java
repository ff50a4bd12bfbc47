package dev.collapsar;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** The known words nearest to one that a user wrote. */
public final class Nearest {
  private static final int SHOWN = 3;

  private Nearest() {}

  /**
   * "nearest: a, b, c", first the known names that contain the one given, then by Levenshtein
   * distance from it.
   */
  public static String suggest(String given, Collection<String> known) {
    List<String> nearest =
        known.stream()
            .sorted(
                Comparator.comparing((String name) -> given.isEmpty() || !name.contains(given))
                    .thenComparing(name -> distance(given, name)))
            .limit(SHOWN)
            .toList();
    return "nearest: " + String.join(", ", nearest);
  }

  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substituted, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
