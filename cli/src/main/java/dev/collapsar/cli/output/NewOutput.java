package dev.collapsar.cli.output;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.NewFile;
import dev.collapsar.learn.adapter.AdapterFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Checks of what a command is told to write, before it computes anything. */
public final class NewOutput {
  private NewOutput() {}

  /**
   * A safetensors file that may be written.
   *
   * @throws InvalidInputException if the name has another ending, there is no such folder, or the
   *     file exists and is not to be replaced
   */
  public static void requireSafeTensors(Path file, boolean force) {
    requireEnding(file, ".safetensors");
    NewFile.requirePlace(file);
    requireNew(file, Files.exists(file), force);
  }

  /**
   * A TorchScript file that may be written.
   *
   * @throws InvalidInputException as {@link #requireSafeTensors} says
   */
  public static void requireScript(Path file, boolean force) {
    requireEnding(file, ".pt");
    NewFile.requirePlace(file);
    requireNew(file, Files.exists(file), force);
  }

  /**
   * A page that may be written.
   *
   * @throws InvalidInputException as {@link #requireSafeTensors} says
   */
  public static void requireHtml(Path file, boolean force) {
    requireEnding(file, ".html");
    NewFile.requirePlace(file);
    requireNew(file, Files.exists(file), force);
  }

  private static void requireEnding(Path file, String ending) {
    if (!file.toString().toLowerCase(Locale.ROOT).endsWith(ending)) {
      throw new InvalidInputException(file + ": the name of what is written must end in " + ending);
    }
  }

  /**
   * A network's safetensors file, or its folder.
   *
   * @throws InvalidInputException if it looks like a file of another kind, its folder does not
   *     exist, or it exists and is not to be replaced
   */
  public static void requireNetwork(Path out, boolean force) {
    if (isSafeTensors(out) || out.toString().matches(".*\\.(pth|pt|bin|ckpt|npz|gguf)")) {
      requireSafeTensors(out, force);
      return;
    }
    if (Files.exists(out) && !Files.isDirectory(out)) {
      throw new InvalidInputException(out + ": is a file, a network's folder is written");
    }
    requireNew(out, Files.exists(out), force);
    boolean network =
        Files.exists(out.resolve("config.json")) || Files.exists(out.resolve("model.safetensors"));
    if (Files.exists(out) && !network) {
      throw new InvalidInputException(
          out
              + ": holds neither config.json nor model.safetensors, so it is no network's folder"
              + " and is not replaced");
    }
  }

  /**
   * That nothing that is read would be replaced: not the input, what holds it, or a file of it.
   *
   * @throws InvalidInputException if it would be
   */
  public static void requireApart(Path out, Path input) {
    if (!Files.exists(out) || !Files.exists(input)) {
      return;
    }
    try {
      Path written = out.toRealPath();
      Path read = input.toRealPath();
      if (read.startsWith(written) || Files.isRegularFile(written) && written.startsWith(read)) {
        throw new InvalidInputException(
            "--out %s: would replace what is read from %s; choose another".formatted(out, input));
      }
    } catch (IOException e) {
      throw InvalidInputException.because(out + ": cannot be looked at", e);
    }
  }

  /** Whether one file is to be written. */
  public static boolean isSafeTensors(Path out) {
    return out.toString().toLowerCase(Locale.ROOT).endsWith(".safetensors");
  }

  /**
   * A folder that an adapter may be written to.
   *
   * @throws InvalidInputException if it is a file, or holds an adapter that is not to be replaced
   */
  public static void requireAdapter(Path folder, boolean force) {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new InvalidInputException(folder + ": is a file, an adapter is a folder");
    }
    requireNew(folder, AdapterFile.existsIn(folder), force);
  }

  private static void requireNew(Path path, boolean exists, boolean force) {
    if (exists && !force) {
      throw new InvalidInputException(
          path + ": exists already and is replaced only when asked to (--force)");
    }
  }
}
