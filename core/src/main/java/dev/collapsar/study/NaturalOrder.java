package dev.collapsar.study;

import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Names in the order in which people count: seed=2 before seed=10. */
final class NaturalOrder {
  static final Comparator<String> OF_TEXT = NaturalOrder::compare;

  private static final Pattern PART = Pattern.compile("\\d+|\\D+");

  private NaturalOrder() {}

  private static int compare(String a, String b) {
    List<String> left = PART.matcher(a).results().map(MatchResult::group).toList();
    List<String> right = PART.matcher(b).results().map(MatchResult::group).toList();
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      int order = ofParts(left.get(i), right.get(i));
      if (order != 0) {
        return order;
      }
    }
    int byLength = Integer.compare(left.size(), right.size());
    return byLength != 0 ? byLength : a.compareTo(b);
  }

  private static int ofParts(String a, String b) {
    boolean numbers = isAsciiDigit(a.charAt(0)) && isAsciiDigit(b.charAt(0));
    return numbers ? new BigInteger(a).compareTo(new BigInteger(b)) : a.compareTo(b);
  }

  private static boolean isAsciiDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
