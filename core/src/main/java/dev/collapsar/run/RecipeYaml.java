package dev.collapsar.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The layout of recipe.yaml: the recipe's name, the seed and every setting, nested by its dotted
 * key.
 */
public final class RecipeYaml {
  private static final String HEADER =
      """
      # Every value that took part in this run. To run it again: collapsar run recipe.yaml
      """;
  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          YAMLFactory.builder()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .enable(YAMLGenerator.Feature.INDENT_ARRAYS)
              .stringQuotingChecker(new QuoteUnlessWord())
              .build());

  private RecipeYaml() {}

  static String format(String recipe, long seed, Map<String, Object> settings) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("recipe", recipe);
    root.put("seed", seed);
    settings.forEach((key, value) -> place(root, settings, key, value));
    return HEADER + text(root);
  }

  /** Plain values (numbers, booleans, words, lists, maps) as YAML, words without quotes. */
  public static String text(Map<String, Object> root) {
    try {
      return MAPPER.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("settings must be plain values, got " + root, e);
    }
  }

  private static void place(
      Map<String, Object> root, Map<String, Object> settings, String key, Object value) {
    Map<String, Object> at = root;
    int from = 0;
    for (int dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', from)) {
      if (settings.containsKey(key.substring(0, dot))) {
        // `data` has a value of its own, so it cannot hold `data.folder`: that stays dotted.
        root.put(key, value);
        return;
      }
      at = child(at, key.substring(from, dot));
      from = dot + 1;
    }
    at.put(key.substring(from), value);
  }

  @SuppressWarnings("unchecked") // only place() puts maps here, and settings are plain values
  private static Map<String, Object> child(Map<String, Object> parent, String name) {
    return (Map<String, Object>) parent.computeIfAbsent(name, n -> new LinkedHashMap<>());
  }

  /** Leaves only what no YAML reader can take for a number, a boolean or null without quotes. */
  private static final class QuoteUnlessWord extends StringQuotingChecker {
    private static final long serialVersionUID = 1L;
    private static final Pattern WORD = Pattern.compile("[A-Za-z][A-Za-z0-9_./-]*");

    @Override
    public boolean needToQuoteName(String name) {
      return needToQuoteValue(name);
    }

    @Override
    public boolean needToQuoteValue(String value) {
      return isReservedKeyword(value) || !WORD.matcher(value).matches();
    }
  }
}
