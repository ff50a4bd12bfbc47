package dev.collapsar.cli.network;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.images.PixelScale;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.prediction.EnteringImages;
import dev.collapsar.learn.run.Progress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** How images enter a network, as options of a command. */
final class ImageOptions {
  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "where named images lie (default: bundled, or as fetched)")
  private Path directory;

  @Option(
      names = "--pixels",
      paramLabel = "WORD|MEAN/DEV",
      description =
          "how pixels enter: unit, imagenet, symmetric, normalized, or a mean and a deviation"
              + " (default: as the network's card says)")
  private String pixels;

  @Option(
      names = "--size",
      paramLabel = "N",
      description =
          "images become NxN, short side first, then cut (default: the network's own size)")
  private Integer size;

  boolean isSized() {
    return size != null;
  }

  /** Null unless it was given. */
  Path directory() {
    return directory;
  }

  EnteringImages entering(Network network, int threads, Progress progress) {
    if (size != null && size < 1) {
      throw new InvalidInputException("--size %s: must be 1 or more".formatted(size));
    }
    return new EnteringImages(
        network,
        Optional.ofNullable(pixels).map(ImageOptions::scale),
        size == null ? OptionalInt.empty() : OptionalInt.of(size),
        threads,
        progress,
        false);
  }

  /** Arrays are taken as they are. */
  void requireNothing(String data) {
    Map<String, Object> options = new LinkedHashMap<>();
    options.put("--data-dir", directory);
    options.put("--pixels", pixels);
    options.put("--size", size);
    options.forEach(
        (option, value) -> {
          if (value != null) {
            throw new InvalidInputException(
                "%s %s: %s holds arrays, which are taken as they are"
                    .formatted(option, value, data));
          }
        });
  }

  private static PixelScale scale(String text) {
    return PixelScale.parse(text)
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "--pixels %s: must be one of %s".formatted(text, PixelScale.ALLOWED)));
  }
}
