package dev.collapsar.learn.adapter;

import java.util.Locale;

/** Which of the base network's biases are trained and saved with an adapter. */
public enum BiasMode {
  /** None: without the adapter the network is the base, bit for bit. */
  NONE,
  /** All of the network's; disabling the adapter does not bring the old ones back. */
  ALL,
  /** Those of the adapted layers; likewise. */
  LORA_ONLY;

  /** As configuration files spell it: {@code none}, {@code all}, {@code lora_only}. */
  public String spelling() {
    return name().toLowerCase(Locale.ROOT);
  }
}
