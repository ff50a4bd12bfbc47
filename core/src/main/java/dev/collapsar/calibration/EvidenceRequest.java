package dev.collapsar.calibration;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is to stand beside the numbers of a measurement.
 *
 * @param draws how many labellings are drawn, 0 for none; empty for 199 where that is cheap enough
 * @param intervals whether corrected numbers and their intervals are found; empty for where draws
 *     are made and it is cheap enough
 * @param sampling what the measured rows are of, every class of the measurement
 * @param heap how many bytes may be taken without being asked for
 * @param cache the features are read again without being asked for up to so many bytes
 */
public record EvidenceRequest(
    OptionalInt draws, Optional<Boolean> intervals, Sampling sampling, long heap, long cache) {
  /** Draws that are made unless another number is asked for: p down to .01. */
  public static final int USUAL_DRAWS = 199;

  public EvidenceRequest {
    if (draws.isPresent() && (draws.getAsInt() < 0 || draws.getAsInt() == 1)) {
      throw new IllegalArgumentException(
          "a null has 2 draws or more, or 0 for none, got " + draws.getAsInt());
    }
  }

  /** Draws and intervals wherever they are cheap enough for this process. */
  public static EvidenceRequest usual(Sampling sampling) {
    return new EvidenceRequest(
        OptionalInt.empty(),
        Optional.empty(),
        sampling,
        Runtime.getRuntime().maxMemory() / 2,
        Long.MAX_VALUE);
  }

  /** m, if any are made. */
  int drawn() {
    return draws.orElse(USUAL_DRAWS);
  }

  boolean wantsIntervals() {
    return intervals.orElse(drawn() > 0);
  }
}
