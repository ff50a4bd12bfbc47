package dev.collapsar.study;

import dev.collapsar.InvalidInputException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lists of seeds as people write them: {@code 1..5}, {@code 3,7,11}, {@code 1..3,42}. */
public final class Seeds {
  private static final Pattern RANGE = Pattern.compile("(-?\\d{1,18})\\.\\.(-?\\d{1,18})");
  private static final Pattern SINGLE = Pattern.compile("-?\\d{1,18}");
  private static final int MOST = 10_000;

  private Seeds() {}

  /**
   * The seeds in the order given.
   *
   * @param origin the option or key, for messages
   * @throws InvalidInputException if the text is no such list, a range runs backwards, a seed
   *     stands there twice, or there are more than 10,000
   */
  public static List<Long> parse(String origin, String text) {
    List<Long> seeds = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Matcher range = RANGE.matcher(part.strip());
      if (range.matches()) {
        addRange(origin, text, range, seeds);
      } else if (SINGLE.matcher(part.strip()).matches()) {
        seeds.add(Long.valueOf(part.strip()));
      } else {
        throw refused(origin, text, "must be whole numbers, such as 1..5 or 3,7,11");
      }
    }
    Set<Long> once = new LinkedHashSet<>();
    for (long seed : seeds) {
      if (!once.add(seed)) {
        throw refused(origin, text, "has %s twice; a seed counts once".formatted(seed));
      }
    }
    return List.copyOf(seeds);
  }

  private static void addRange(String origin, String text, Matcher range, List<Long> seeds) {
    long from = Long.parseLong(range.group(1));
    long to = Long.parseLong(range.group(2));
    if (to < from) {
      throw refused(origin, text, "runs backwards; write %s..%s".formatted(to, from));
    }
    if (to - from >= MOST) {
      throw refused(origin, text, "has more than %s seeds".formatted(MOST));
    }
    for (long seed = from; seed <= to; seed++) {
      seeds.add(seed);
    }
  }

  private static InvalidInputException refused(String origin, String text, String problem) {
    return new InvalidInputException("%s %s: %s".formatted(origin, text, problem));
  }

  /** The list as one writes it, runs of three and more as ranges. */
  public static String text(List<Long> seeds) {
    List<String> parts = new ArrayList<>();
    for (int from = 0; from < seeds.size(); ) {
      int to = from;
      while (to + 1 < seeds.size() && seeds.get(to + 1) == seeds.get(to) + 1) {
        to++;
      }
      if (to - from >= 2) {
        parts.add(seeds.get(from) + ".." + seeds.get(to));
        from = to + 1;
      } else {
        parts.add(seeds.get(from++).toString());
      }
    }
    return String.join(",", parts);
  }
}
