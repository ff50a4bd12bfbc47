package dev.collapsar.cli.adapter;

import java.util.Locale;

/** Numbers as tables of adapters show them. */
final class Figures {
  private Figures() {}

  /** Five significant digits. */
  static String digits(double value) {
    return value == 0 ? "0" : String.format(Locale.ROOT, "%.5g", value);
  }

  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** A share of 1. */
  static String percent(double share) {
    return String.format(Locale.ROOT, "%.3g%%", 100 * share);
  }
}
