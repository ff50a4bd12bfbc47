package dev.collapsar.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.collapsar.InvalidInputException;
import dev.collapsar.Sha256;
import dev.collapsar.data.InputFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The conditions of a run's numbers beside its recipe.yaml, and what ties that to the run: {@code
 * conditions.json}, which is on disk before the first number and never changes.
 *
 * @param format version of the file's layout, {@link #FORMAT}
 * @param collapsar the version that began the run
 * @param recipe of {@link #recipeHash}, as the run began
 * @param started when, in UTC: two runs of one recipe differ in it
 * @param dataDirectory where other data files lay than the bundled ones, absolute; or null
 * @param files SHA-256 of every file that a setting names, by the setting's key
 */
public record RunConditions(
    int format,
    String collapsar,
    String recipe,
    Instant started,
    int threads,
    String device,
    String dataDirectory,
    @JsonProperty(required = false) Map<String, String> files) {
  public static final int FORMAT = 1;
  private static final int LARGEST = 1 << 20;

  public RunConditions {
    files = files == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(files));
  }

  /**
   * SHA-256 of what a run of this recipe writes as recipe.yaml, in hexadecimal: of the values, not
   * of the spelling of a file.
   */
  public static String recipeHash(String recipe, long seed, Map<String, Object> settings) {
    return Sha256.of(RecipeYaml.format(recipe, seed, settings));
  }

  /** Tells this run from every other: SHA-256 of the file, in hexadecimal. */
  public String identity() {
    return Sha256.of(toJson());
  }

  String toJson() {
    return RecordJson.text(this) + "\n";
  }

  /**
   * @throws InvalidInputException if the file cannot be read or is none
   */
  static RunConditions read(Path file) {
    try {
      RunConditions read =
          RecordJson.parse(
              new String(InputFile.bytes(file, LARGEST), StandardCharsets.UTF_8),
              RunConditions.class);
      if (read == null || read.format != FORMAT || read.collapsar == null || read.device == null) {
        throw new InvalidInputException(
            "%s is damaged, or not of format %s, which this version reads".formatted(file, FORMAT));
      }
      return read;
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(
          "%s says not what a run began with: %s".formatted(file, e.getMessage()), e);
    }
  }
}
