package dev.collapsar.learn.settings;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.InputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * A recipe as a YAML file: {@code recipe: NAME}, optionally {@code seed: N}, and settings, dotted
 * or nested. What a run leaves as recipe.yaml is one.
 *
 * @param recipe the recipe's name
 * @param chosen every setting in it by dotted key, with file, line and column as its origin
 */
public record RecipeFile(String recipe, OptionalLong seed, Map<String, SettingText> chosen) {
  private static final int LARGEST = 1 << 20;

  /**
   * Reads a recipe file.
   *
   * @throws InvalidInputException if it cannot be read, is not YAML (with line and column), or
   *     names no recipe
   */
  public static RecipeFile read(Path file) {
    Map<String, SettingText> values = values(file);
    SettingText name = values.remove("recipe");
    if (name == null) {
      throw new InvalidInputException(
          "%s: names no recipe; it needs a line such as 'recipe: domain-shift'".formatted(file));
    }
    SettingText seed = values.remove("seed");
    return new RecipeFile(
        name.text(),
        seed == null ? OptionalLong.empty() : OptionalLong.of(integerSeed(seed)),
        values);
  }

  private static Map<String, SettingText> values(Path file) {
    try {
      if (Files.isDirectory(file)) {
        throw new InvalidInputException("%s: is a directory, not a recipe file".formatted(file));
      }
      byte[] bytes = InputFile.bytes(file, LARGEST);
      try (JsonParser parser = new YAMLFactory().createParser(bytes)) {
        return readDocument(parser, file);
      }
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(problem(file, e), e);
    } catch (IOException e) {
      throw InvalidInputException.because(file + ": cannot be read", e);
    }
  }

  private static Map<String, SettingText> readDocument(JsonParser parser, Path file)
      throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new InvalidInputException(
          "%s: must be a YAML mapping such as 'recipe: domain-shift'".formatted(file));
    }
    Map<String, SettingText> values = new LinkedHashMap<>();
    readObject(parser, file, "", values);
    if (parser.nextToken() != null) {
      throw new InvalidInputException(
          "%s: a second YAML document begins here; a recipe file has one"
              .formatted(at(file, parser.currentTokenLocation())));
    }
    return values;
  }

  private static long integerSeed(SettingText seed) {
    try {
      return Long.parseLong(seed.text());
    } catch (NumberFormatException e) {
      throw new InvalidInputException(
          "%s seed=%s: must be a whole number".formatted(seed.origin(), seed.text()), e);
    }
  }

  private static void readObject(
      JsonParser parser, Path file, String prefix, Map<String, SettingText> into)
      throws IOException {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = prefix + parser.currentName();
      String origin = at(file, parser.currentTokenLocation());
      JsonToken value = parser.nextToken();
      if (value == JsonToken.START_OBJECT) {
        readObject(parser, file, key + ".", into);
        continue;
      }
      String text =
          value == JsonToken.START_ARRAY ? readList(parser, origin, key) : parser.getText();
      if (into.put(key, new SettingText(text, origin)) != null) {
        throw new InvalidInputException("%s %s: stands there twice".formatted(origin, key));
      }
    }
  }

  private static String readList(JsonParser parser, String origin, String key) throws IOException {
    StringBuilder list = new StringBuilder();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (!parser.currentToken().isScalarValue()) {
        throw new InvalidInputException(
            "%s %s: must be a value or a plain list".formatted(origin, key));
      }
      list.append(list.isEmpty() ? "" : ",").append(parser.getText());
    }
    return list.toString();
  }

  private static String at(Path file, JsonLocation location) {
    return location == null
        ? file.toString()
        : at(file, location.getLineNr(), location.getColumnNr());
  }

  private static String problem(Path file, JsonProcessingException e) {
    // SnakeYAML's message begins with what it was doing, not with what is wrong, and where that is.
    if (e.getCause() instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
      return at(
              file, marked.getProblemMark().getLine() + 1, marked.getProblemMark().getColumn() + 1)
          + ": not YAML: "
          + marked.getProblem();
    }
    String line = e.getOriginalMessage().lines().findFirst().orElse("").strip();
    return at(file, e.getLocation()) + ": not YAML: " + line;
  }

  private static String at(Path file, int line, int column) {
    return "%s line %s column %s".formatted(file, line, column);
  }
}
