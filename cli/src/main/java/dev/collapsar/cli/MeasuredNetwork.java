package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.images.PixelScale;
import dev.collapsar.learn.variant.StoredNetwork;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** A network whose features are measured, as options of a command; loaded on demand. */
final class MeasuredNetwork {
  private static final long SEED = 42;

  @Option(
      names = "--network",
      paramLabel = "FILE",
      description = "measure this network's features: a checkpoint, .pt or .safetensors")
  private Path network;

  @Option(
      names = "--data",
      paramLabel = "NAME|PATH",
      description = "of these images: mnist, cifar10 ('collapsar data list'), a folder or tar")
  private String data;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "where named images lie (default: bundled, or as fetched)")
  private Path directory;

  @Option(
      names = "--tap",
      paramLabel = "NAME",
      description = "at this layer's output (default: the representation, with the head)")
  private String tap;

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "of so many training images, drawn at random (default: all)")
  private Integer samples;

  @Option(
      names = "--pixels",
      paramLabel = "WORD|MEAN/DEV",
      description =
          "how pixels enter: normalized (the data's usual way), unit, imagenet, symmetric, or a"
              + " mean and a deviation (default: as the network's card says; without one"
              + " normalized)")
  private String pixels;

  /** The network's file. */
  String name() {
    return network.getFileName().toString();
  }

  boolean given() {
    return network != null;
  }

  /** The network's own options mean nothing without it. */
  void requireNothing() {
    Map<String, Object> options = new LinkedHashMap<>();
    options.put("--data", data);
    options.put("--data-dir", directory);
    options.put("--tap", tap);
    options.put("--samples", samples);
    options.put("--pixels", pixels);
    options.forEach(
        (option, value) -> {
          if (value != null) {
            throw new InvalidInputException("%s %s: needs --network too".formatted(option, value));
          }
        });
  }

  /** Refuses an option of files. */
  void refuse(String option) {
    throw new InvalidInputException(
        "--network %s: its features are measured, leave %s out".formatted(network, option));
  }

  /**
   * @param describe only say what the network is and what its taps are
   */
  int measure(
      boolean describe,
      int threads,
      PrintWriter stdout,
      PrintWriter stderr,
      Consumer<StoredNetwork.PlannedMeasurement> measure) {
    if (samples != null && samples < 1) {
      throw new InvalidInputException("--samples %s: must be 1 or more".formatted(samples));
    }
    if (data == null && !describe) {
      throw new InvalidInputException(
          "--network %s: needs --data too, the images to measure it on".formatted(network));
    }
    try (StoredNetwork stored = StoredNetwork.open(network, threads)) {
      if (describe) {
        stdout.println(stored.name());
        stored
            .taps()
            .forEach(
                (name, shape) ->
                    stdout.printf(
                        Locale.ROOT,
                        "%s (%s)%n",
                        name,
                        shape.stream().map(String::valueOf).collect(Collectors.joining("x"))));
      } else {
        if (pixels == null && !stored.knowsPixels()) {
          throw new InvalidInputException(
              "--network %s: does not say how its pixels were scaled; --pixels must, one of %s"
                  .formatted(network, PixelScale.ALLOWED));
        }
        StoredNetwork.PlannedMeasurement planned =
            stored.plan(request(), new TerminalProgress(stdout));
        planned.notes().forEach(stderr::println);
        planned
            .warnings()
            .forEach(line -> stderr.printf(Locale.ROOT, "warning: %s: %s%n", network, line));
        stderr.flush();
        measure.accept(planned);
      }
    }
    return ExitCodes.DONE;
  }

  private StoredNetwork.MeasureRequest request() {
    return new StoredNetwork.MeasureRequest(
        tap == null ? StoredNetwork.REPRESENTATION : tap,
        data,
        directory,
        Optional.ofNullable(pixels).map(MeasuredNetwork::scale),
        samples == null ? Integer.MAX_VALUE : samples,
        SEED);
  }

  private static PixelScale scale(String text) {
    return PixelScale.parse(text)
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "--pixels %s: must be one of %s".formatted(text, PixelScale.ALLOWED)));
  }
}
