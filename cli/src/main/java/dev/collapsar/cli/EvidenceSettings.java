package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.calibration.Evidence;
import dev.collapsar.calibration.EvidencePlan;
import dev.collapsar.calibration.EvidenceRequest;
import dev.collapsar.calibration.Sampling;
import dev.collapsar.metric.MeasuredCollapse;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** The evidence beside the numbers, as options of a command. */
final class EvidenceSettings {
  @Option(
      names = "--null",
      paramLabel = "N",
      description =
          "chance levels of nc1 to nc3 by N draws of permuted labels; 0: none (default: 199 where"
              + " that takes under a minute)")
  private Integer draws;

  @Option(
      names = "--intervals",
      negatable = true,
      description =
          "numbers corrected for sampling noise, with 95%% intervals (default: with chance levels,"
              + " where that takes under a minute)")
  private Boolean intervals;

  @Option(
      names = "--complete",
      description =
          "the rows are all that the network was trained on: their numbers are the values, there is"
              + " no sampling noise (default: they are a sample)")
  private boolean complete;

  @Option(
      names = "--held-out",
      description = "the weights were not fitted to these rows: nc3 is corrected too")
  private boolean heldOut;

  /** Refuses what cannot be asked. */
  void check() {
    if (draws != null && (draws < 0 || draws == 1)) {
      throw new InvalidInputException(
          "--null %s: must be 2 or more, or 0 for none".formatted(draws));
    }
    if (complete && heldOut) {
      throw new InvalidInputException(
          "--held-out: rows that the network was trained on (--complete) are not held out");
    }
    if (complete && Boolean.TRUE.equals(intervals)) {
      throw new InvalidInputException(
          "--intervals: the complete training set (--complete) has no sampling noise");
    }
  }

  /** What the rows are is known of a network's images, and not for the user to say. */
  void requireUnsaid() {
    if (complete || heldOut) {
      throw new InvalidInputException(
          "%s: is of --features; of a network it is known"
              .formatted(complete ? "--complete" : "--held-out"));
    }
  }

  /** What the rows of files are. */
  Sampling sampling() {
    Sampling rows = complete ? Sampling.completeSet() : Sampling.ofPopulation();
    return heldOut ? rows.asHeldOut() : rows;
  }

  /** What stands beside these numbers; what it costs is announced before it starts. */
  Evidence of(MeasuredCollapse measured, Sampling sampling, Consumer<String> announce) {
    EvidenceRequest request =
        new EvidenceRequest(
            draws == null ? OptionalInt.empty() : OptionalInt.of(draws),
            Optional.ofNullable(intervals),
            sampling,
            EvidenceRequest.Limits.usual().withCache(memory() / 2));
    return InvalidInputException.naming(
        "--null", request.draws().orElse(0), () -> EvidencePlan.of(measured, request, announce));
  }

  /** What of a file this machine keeps in memory once it has been read, at most. */
  private static long memory() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean machine
        ? machine.getTotalMemorySize()
        : Long.MAX_VALUE;
  }
}
