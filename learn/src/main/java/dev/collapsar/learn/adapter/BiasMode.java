package dev.collapsar.learn.adapter;

import java.util.Locale;

/**
 * Which of the network's biases an adapter trains and saves. It trains copies of its own, which
 * count while it is active: without it the network is the base, bit for bit.
 */
public enum BiasMode {
  /** None. */
  NONE,
  /** All of the network's, those of normalisations too. */
  ALL,
  /** Those of the adapted layers. */
  LORA_ONLY;

  /** As configuration files spell it: {@code none}, {@code all}, {@code lora_only}. */
  public String spelling() {
    return name().toLowerCase(Locale.ROOT);
  }
}
