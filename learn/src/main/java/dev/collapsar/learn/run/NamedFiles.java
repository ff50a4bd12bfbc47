package dev.collapsar.learn.run;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Sha256;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The content of the files that settings name: a trained base, inputs of a probe. */
final class NamedFiles {
  private static final int BUFFER = 1 << 16;

  private NamedFiles() {}

  /**
   * SHA-256 of each in hexadecimal, by its setting's key; of a folder, that of its files' names and
   * contents. A file that is not there has none: whoever opens it says so.
   *
   * @throws InvalidInputException if one cannot be read
   */
  static Map<String, String> hashes(Recipe recipe, Settings settings) {
    Map<String, String> hashes = new TreeMap<>();
    for (Setting<?> setting : recipe.settings()) {
      Optional<Path> file = setting.file(settings).flatMap(NamedFiles::there);
      if (settings.asMap().containsKey(setting.key()) && file.isPresent()) {
        hashes.put(setting.key(), hash(file.get(), setting.key() + "=" + file.get()));
      }
    }
    return hashes;
  }

  /** The file itself, of {@code FILE#ARRAY} the file before the mark. */
  private static Optional<Path> there(Path named) {
    String text = named.toString();
    int mark = text.lastIndexOf('#');
    return Stream.of(named, Path.of(mark > 0 ? text.substring(0, mark) : text))
        .filter(path -> Files.isRegularFile(path) || Files.isDirectory(path))
        .findFirst();
  }

  private static String hash(Path place, String source) {
    try (Stream<Path> all = Files.walk(place)) {
      Sha256 digest = new Sha256();
      List<Path> files = all.filter(Files::isRegularFile).sorted().toList();
      for (Path file : files) {
        if (!file.equals(place)) {
          digest.add(place.relativize(file).toString());
        }
        digest.add(file);
      }
      return digest.hex();
    } catch (IOException e) {
      throw InvalidInputException.because(source + " cannot be read", e);
    } catch (UncheckedIOException e) { // of a folder below
      throw InvalidInputException.because(source + " cannot be read", e.getCause());
    }
  }
}
