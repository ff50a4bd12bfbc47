package dev.collapsar.calibration;

import dev.collapsar.random.Seed;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The evidence that is wanted beside the numbers of a measurement.
 *
 * @param draws how many labellings are drawn whatever it costs, 0 for none; empty for as many as
 *     the limits say, where they allow it
 * @param intervals whether corrected numbers and their intervals are found; empty for where draws
 *     are made and the limits allow it
 * @param sampling what the measured rows are of, every class of the measurement
 * @param limits what is done without being asked for
 * @param seed of the labellings: their list is the same for the same seed and labels
 */
public record EvidenceRequest(
    OptionalInt draws, Optional<Boolean> intervals, Sampling sampling, Limits limits, Seed seed) {
  /** Draws that are made unless another number is asked for: p down to .01. */
  public static final int USUAL_DRAWS = 199;

  static final Seed USUAL_SEED = new Seed(42);

  /**
   * What is done without being asked for.
   *
   * @param draws how many labellings
   * @param seconds what would take longer is not done
   * @param heap nor what takes more bytes of memory
   * @param cache nor what reads features again that take more bytes
   * @param options whether what was left out can be asked for by options of a command
   */
  public record Limits(int draws, double seconds, long heap, long cache, boolean options) {
    /** A minute, and half of this process's memory. */
    public static Limits usual() {
      return new Limits(
          USUAL_DRAWS, 60, Runtime.getRuntime().maxMemory() / 2, Long.MAX_VALUE, true);
    }

    public Limits withCache(long bytes) {
      return new Limits(draws, seconds, heap, bytes, options);
    }

    /** Of a run, in which many measurements are made and none can be asked for by itself. */
    public Limits ofRun(int otherDraws, double otherSeconds) {
      return new Limits(otherDraws, otherSeconds, heap, cache, false);
    }
  }

  public EvidenceRequest {
    if (draws.isPresent() && (draws.getAsInt() < 0 || draws.getAsInt() == 1)) {
      throw new IllegalArgumentException(
          "a null has 2 draws or more, or 0 for none, got " + draws.getAsInt());
    }
  }

  /** Draws and intervals wherever these limits allow them. */
  public static EvidenceRequest within(Limits limits, Sampling sampling, Seed seed) {
    return new EvidenceRequest(OptionalInt.empty(), Optional.empty(), sampling, limits, seed);
  }

  /** By the usual seed. */
  public EvidenceRequest(
      OptionalInt draws, Optional<Boolean> intervals, Sampling sampling, Limits limits) {
    this(draws, intervals, sampling, limits, USUAL_SEED);
  }

  /** m, if any are made. */
  int drawn() {
    return draws.orElse(limits.draws);
  }

  boolean wantsIntervals() {
    return intervals.orElse(drawn() > 0);
  }

  /** How what was left out is asked for, after a semicolon; empty if it cannot be. */
  String remedy(String option) {
    return limits.options ? "; %s asks for it".formatted(option) : "";
  }
}
