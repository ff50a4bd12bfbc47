package dev.collapsar.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One colour a variant, the same in every chart and table. Hues follow Okabe and Ito's set, which
 * colour-blind readers can tell apart, with two more; what was there before adaptation is grey; a
 * sweep ({@code lora-r2, lora-r4, ...}) is one ramp from light to dark in its order.
 */
public final class Palette {
  /** A colour on white paper and on a dark screen. */
  public record Swatch(String light, String dark) {
    /** For the style attribute: the page's rules choose between the two. */
    public String style() {
      return "--light:%s;--dark:%s".formatted(light, dark);
    }
  }

  private static final Swatch GREY = new Swatch("#71767d", "#a3a9b2");

  private static final List<Swatch> HUES =
      List.of(
          new Swatch("#0a6ab0", "#5fb0ee"),
          new Swatch("#cf5208", "#f28a4a"),
          new Swatch("#078262", "#2fc79b"),
          new Swatch("#a8508c", "#df92c6"),
          new Swatch("#b98300", "#e8b83c"),
          new Swatch("#2f9bc8", "#8fd6f2"),
          new Swatch("#5a4fb0", "#a79df2"),
          new Swatch("#8a5a2b", "#cfa06d"),
          new Swatch("#b3123f", "#f2708f"),
          new Swatch("#66730a", "#b6c24a"));
  private static final Swatch RAMP_FROM = new Swatch("#8cc63f", "#e2f08a");
  private static final Swatch RAMP_TO = new Swatch("#0b3f55", "#1b8f8c");
  private static final Pattern MEMBER = Pattern.compile("(.*?)\\d+");

  private Palette() {}

  /**
   * A colour for each name, in the order given; {@code before} are those that adaptation starts
   * from.
   */
  public static Map<String, Swatch> assign(List<String> names, List<String> before) {
    return assign(names, before, List.of());
  }

  /** Likewise, without the hues that others have, as long as there are more. */
  static Map<String, Swatch> assign(List<String> names, List<String> before, List<Swatch> taken) {
    List<Swatch> free = HUES.stream().filter(hue -> !taken.contains(hue)).toList();
    List<Swatch> hues = free.isEmpty() ? HUES : free;
    Map<String, List<String>> families =
        names.stream()
            .filter(name -> !before.contains(name))
            .collect(
                Collectors.groupingBy(Palette::family, LinkedHashMap::new, Collectors.toList()));
    Map<String, Swatch> colours = new LinkedHashMap<>();
    before.forEach(name -> colours.put(name, GREY));
    int next = 0;
    for (List<String> members : families.values()) {
      if (members.size() == 1) {
        colours.put(members.get(0), hues.get(next++ % hues.size()));
      } else {
        for (int i = 0; i < members.size(); i++) {
          colours.put(members.get(i), between(i / (members.size() - 1.0)));
        }
      }
    }
    return colours;
  }

  /** What the members of a sweep share: the name without its number. */
  public static String family(String name) {
    Matcher member = MEMBER.matcher(name);
    return member.matches() ? member.group(1) : name;
  }

  private static Swatch between(double way) {
    return new Swatch(
        mix(RAMP_FROM.light, RAMP_TO.light, way), mix(RAMP_FROM.dark, RAMP_TO.dark, way));
  }

  private static String mix(String from, String to, double way) {
    return IntStream.of(1, 3, 5)
        .mapToObj(
            i -> {
              int a = Integer.parseInt(from.substring(i, i + 2), 16);
              int b = Integer.parseInt(to.substring(i, i + 2), 16);
              return String.format(Locale.ROOT, "%02x", Math.round(a + (b - a) * way));
            })
        .collect(Collectors.joining("", "#", ""));
  }
}
