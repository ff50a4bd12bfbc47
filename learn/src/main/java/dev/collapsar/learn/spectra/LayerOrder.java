package dev.collapsar.learn.spectra;

import java.util.Comparator;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of layers as people order and group them. */
public final class LayerOrder {
  /** Numbers within names count as numbers: {@code layers.2} stands before {@code layers.10}. */
  public static final Comparator<String> NATURAL = LayerOrder::compare;

  private static final Pattern INDEX = Pattern.compile("\\.(\\d+)\\.");

  private LayerOrder() {}

  private static int compare(String one, String other) {
    int i = 0;
    int j = 0;
    while (i < one.length() && j < other.length()) {
      if (isDigit(one, i) && isDigit(other, j)) {
        String a = digits(one, i);
        String b = digits(other, j);
        int byValue =
            Comparator.comparing(String::length)
                .thenComparing(Comparator.naturalOrder())
                .compare(a.replaceFirst("^0+(?=.)", ""), b.replaceFirst("^0+(?=.)", ""));
        if (byValue != 0) {
          return byValue;
        }
        i += a.length();
        j += b.length();
      } else if (one.charAt(i) != other.charAt(j)) {
        return Character.compare(one.charAt(i), other.charAt(j));
      } else {
        i++;
        j++;
      }
    }
    int left = Integer.compare(one.length() - i, other.length() - j);
    return left != 0 ? left : one.compareTo(other);
  }

  private static boolean isDigit(String name, int at) {
    return name.charAt(at) >= '0' && name.charAt(at) <= '9';
  }

  private static String digits(String name, int from) {
    int to = from;
    while (to < name.length() && isDigit(name, to)) {
      to++;
    }
    return name.substring(from, to);
  }

  /**
   * What kind of module: the name without the network's own part before the layer's number, or its
   * last part where there is no number. {@code model.layers.3.self_attn.q_proj} is {@code
   * self_attn.q_proj}.
   */
  public static String type(String module) {
    Matcher index = INDEX.matcher("." + module);
    return index.find()
        ? ("." + module).substring(index.end())
        : module.substring(module.lastIndexOf('.') + 1);
  }

  /** The number of the layer that a module stands in: the first number in its name. */
  public static OptionalInt index(String module) {
    Matcher index = INDEX.matcher("." + module);
    return index.find() && index.group(1).length() < 9
        ? OptionalInt.of(Integer.parseInt(index.group(1)))
        : OptionalInt.empty();
  }
}
