package dev.collapsar.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Locale;

/** Numbers as people read them; the exact ones stand in record.json and metrics.csv. */
public final class Numbers {
  private Numbers() {}

  /** A share of 1, to a tenth of a percent. */
  public static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f%%", 100 * share);
  }

  /** A difference of two shares in percentage points, signed, to a tenth. */
  public static String points(double difference) {
    return signed(100 * difference, 1);
  }

  /** Always with a sign, so that it reads as a change; what rounds to nothing is ±0. */
  public static String signed(double value, int decimals) {
    String size = String.format(Locale.ROOT, "%." + decimals + "f", Math.abs(value));
    boolean nothing = size.chars().allMatch(c -> c == '0' || c == '.');
    return (nothing ? "±" : value < 0 ? "−" : "+") + size;
  }

  /** Three significant digits. */
  public static String brief(double value) {
    double size = Math.abs(value);
    if (value == 0) {
      return "0";
    }
    if (size >= 1e5 || size < 1e-3) {
      return String.format(Locale.ROOT, "%.2e", value).replace("-", "−");
    }
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(3, RoundingMode.HALF_EVEN));
    return rounded
        .setScale(Math.max(0, rounded.scale()), RoundingMode.HALF_EVEN)
        .toPlainString()
        .replace("-", "−");
  }

  /** With a comma before every three digits. */
  public static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** A duration. */
  public static String seconds(double seconds) {
    return seconds < 120
        ? String.format(Locale.ROOT, seconds < 10 ? "%.2f s" : "%.1f s", seconds)
        : duration(Duration.ofSeconds(Math.round(seconds)));
  }

  private static String duration(Duration time) {
    return time.toHours() > 0
        ? time.toHours() + " h " + time.toMinutesPart() + " min"
        : time.toMinutes() + " min " + time.toSecondsPart() + " s";
  }
}
