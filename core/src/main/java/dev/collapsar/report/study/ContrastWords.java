package dev.collapsar.report.study;

import dev.collapsar.inference.Interval;
import dev.collapsar.inference.SeedValues;
import dev.collapsar.study.Contrast;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** A contrast as people read it. */
record ContrastWords(Looks looks, Contrast contrast) {
  /** The mean and its interval; of one or two seeds the values. */
  String size() {
    String metric = contrast.key().metric();
    boolean ratio = contrast.isRatio();
    Optional<SeedValues> values = contrast.pairs().values();
    if (values.isEmpty()) {
      return "no value";
    }
    Optional<Interval> interval = values.get().interval();
    if (interval.isEmpty()) {
      return contrast.pairs().bySeed().values().stream()
          .map(value -> looks.apart(metric, value, ratio))
          .collect(Collectors.joining(", "));
    }
    return "%s [%s, %s]"
        .formatted(
            looks.apart(metric, values.get().mean(), ratio),
            looks.apart(metric, interval.get().low(), ratio),
            looks.apart(metric, interval.get().high(), ratio));
  }

  /** How sure that is. */
  String tests() {
    List<String> parts = new ArrayList<>();
    if (contrast.adjusted().isPresent()) {
      parts.add("p " + p(contrast.p()) + ", Holm " + p(contrast.adjusted()));
    }
    if (contrast.adjustedEquivalence().isPresent()) {
      parts.add(
          "same within ×%s: p %s, Holm %s"
              .formatted(
                  contrast.margin().getAsDouble(),
                  p(contrast.equivalenceP()),
                  p(contrast.adjustedEquivalence())));
    }
    return String.join("; ", parts);
  }

  /** What would decide it. */
  String wanted() {
    List<String> parts = new ArrayList<>();
    add(parts, contrast.seedsForEquivalence(), "to show them the same if they are");
    add(parts, contrast.seedsForDifference(), "to show this difference if it is real");
    return parts.isEmpty() ? "" : "seeds needed: " + String.join(", ", parts);
  }

  private static void add(List<String> parts, OptionalInt seeds, String purpose) {
    seeds.ifPresent(count -> parts.add(count + " " + purpose));
  }

  /** All of it, and the spread. */
  String sentence() {
    StringBuilder text = new StringBuilder(size());
    text.append(", ").append(word(contrast.conclusion()));
    String tests = tests();
    if (!tests.isEmpty()) {
      text.append(" (").append(tests).append(')');
    }
    OptionalDouble spread =
        contrast.pairs().values().map(SeedValues::deviation).orElse(OptionalDouble.empty());
    if (spread.isPresent()) {
      text.append(
          String.format(
              Locale.ROOT,
              "; n %d, sd of %s %.3g",
              contrast.pairs().count(),
              contrast.isRatio() ? "ln ratios" : "differences",
              spread.getAsDouble()));
    }
    boolean open =
        contrast.conclusion() == SeedValues.Conclusion.UNDECIDED
            || contrast.conclusion() == SeedValues.Conclusion.TOO_FEW;
    return open && !wanted().isEmpty() ? text + "; " + wanted() : text.toString();
  }

  /** In a word or two. */
  static String word(SeedValues.Conclusion conclusion) {
    return conclusion == SeedValues.Conclusion.TOO_FEW
        ? "too few seeds for a verdict"
        : conclusion.name().toLowerCase(Locale.ROOT);
  }

  static String p(OptionalDouble p) {
    if (p.isEmpty()) {
      return "–";
    }
    double value = p.getAsDouble();
    return value < 0.0001
        ? "< .0001"
        : String.format(Locale.ROOT, value < 0.01 ? "%.4f" : "%.3f", value).replaceFirst("^0", "");
  }
}
