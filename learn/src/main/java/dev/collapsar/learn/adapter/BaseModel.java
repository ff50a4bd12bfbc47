package dev.collapsar.learn.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The network that an adapter was trained on, as its files describe it; each part is null where
 * they say nothing.
 *
 * @param nameOrPath of the base network; a path is relative to the adapter's folder
 * @param revision of it
 * @param taskType such as {@code SEQ_CLS}
 * @param peftVersion of the PEFT that wrote the configuration
 * @param autoMapping the base network's class and library
 * @param sha256 of the file at that path
 */
public record BaseModel(
    String nameOrPath,
    String revision,
    String taskType,
    String peftVersion,
    Map<String, String> autoMapping,
    String sha256) {
  /** Nothing is said. */
  public static final BaseModel UNSTATED = new BaseModel(null, null, null, null, null, null);

  public BaseModel {
    autoMapping =
        autoMapping == null ? null : Collections.unmodifiableMap(new TreeMap<>(autoMapping));
  }

  /**
   * The network in a file.
   *
   * @param folder of the adapter, from which the file's path is told, with slashes
   */
  public static BaseModel at(Path file, Path folder) {
    return new BaseModel(path(file, folder), null, null, null, null, hash(file));
  }

  /**
   * The file that is pointed at; empty if no hash of a file is told.
   *
   * @param folder of the adapter
   * @throws InvalidInputException if there is no such file, or it is another than it was
   */
  public Optional<Path> file(Path folder) {
    if (nameOrPath == null || sha256 == null) {
      return Optional.empty();
    }
    Path file = located(folder);
    if (!Files.isRegularFile(file)) {
      throw new InvalidInputException(
          "%s: its base %s is not there; name it with --base".formatted(folder, file));
    }
    String found = hash(file);
    if (!found.equals(sha256)) {
      throw new InvalidInputException(
          "%s: its base %s has changed: sha256 %s, not %s; name the right one with --base"
              .formatted(folder, file, found, sha256));
    }
    return Optional.of(file);
  }

  /**
   * The same for a copy of the adapter in another folder: a path of a file, if a hash is told, then
   * leads there from it.
   */
  public BaseModel moved(Path from, Path to) {
    return nameOrPath == null || sha256 == null
        ? this
        : new BaseModel(
            path(located(from), to), revision, taskType, peftVersion, autoMapping, sha256);
  }

  /** The same with what is known of the file that is pointed at. */
  BaseModel hashed(String hash) {
    return new BaseModel(nameOrPath, revision, taskType, peftVersion, autoMapping, hash);
  }

  private static String path(Path file, Path folder) {
    return folder
        .toAbsolutePath()
        .normalize()
        .relativize(file.toAbsolutePath().normalize())
        .toString()
        .replace('\\', '/');
  }

  /** Whether this file is the one that is meant, as far as a hash of it is told. */
  public boolean mayBe(Path file) {
    return sha256 == null || sha256.equals(hash(file));
  }

  private static String hash(Path file) {
    try {
      return Sha256.of(file);
    } catch (IOException e) {
      throw InvalidInputException.because(file + ": cannot be read", e);
    }
  }

  private Path located(Path folder) {
    try {
      return folder.resolve(nameOrPath).normalize();
    } catch (InvalidPathException e) {
      throw new InvalidInputException(
          "%s: its base '%s' is no path".formatted(folder, nameOrPath), e);
    }
  }
}
