package dev.collapsar.learn.merge;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files of a network's folder that are not the weights that are read.
 *
 * @param kept configuration and tokenizer, which a merged network's folder holds too
 * @param leftOut the names of the others, each with its reason; hidden ones are not counted
 */
record OtherFiles(List<Path> kept, List<String> leftOut) {
  private static final String INDEX = ".index.json";
  private static final Set<String> WEIGHTS =
      Set.of("safetensors", "bin", "pt", "pth", "h5", "msgpack", "onnx", "gguf", "ckpt");

  /**
   * @param read the names of the files that are read as weights
   */
  static OtherFiles of(Path folder, Collection<String> read) {
    List<Path> kept = new ArrayList<>();
    List<String> leftOut = new ArrayList<>();
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.sorted().toList()) {
        String name = entry.getFileName().toString();
        if (name.startsWith(".") || name.endsWith(INDEX) || read.contains(name)) {
          continue;
        }
        String reason = reason(entry, name);
        if (reason.isEmpty()) {
          kept.add(entry);
        } else {
          leftOut.add("%s (%s)".formatted(name, reason));
        }
      }
    } catch (IOException e) {
      throw InvalidInputException.because(folder + ": cannot be read", e);
    }
    return new OtherFiles(kept, leftOut);
  }

  /** Why it is not carried over; empty if it is. */
  private static String reason(Path entry, String name) {
    if (Files.isDirectory(entry)) {
      return "a folder";
    }
    if (!Files.exists(entry) && Files.exists(entry, LinkOption.NOFOLLOW_LINKS)) {
      return "a link to what is not there";
    }
    if (!Files.isRegularFile(entry)) {
      return "no regular file";
    }
    return WEIGHTS.contains(name.substring(name.lastIndexOf('.') + 1)) ? "other weights" : "";
  }
}
