package dev.collapsar.learn.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.run.Recipe;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.learn.settings.Settings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecipesTest {
  static List<Recipe> recipes() {
    return Recipes.all();
  }

  @Test
  void anUnknownRecipeIsNamedWithTheNearest() {
    String message =
        assertThrows(InvalidInputException.class, () -> Recipes.named("domain-shfit")).getMessage();
    assertTrue(message.startsWith("unknown recipe domain-shfit; nearest: domain-shift"), message);
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void aRecipeTakesItsOwnDefaultsAsTheyAreWritten(Recipe recipe) {
    Map<String, Object> defaults = Settings.resolve(recipe.settings(), Map.of()).asMap();
    Map<String, SettingText> written = new LinkedHashMap<>();
    defaults.forEach((key, value) -> written.put(key, new SettingText(Setting.text(value), "")));
    assertEquals(defaults, Settings.resolve(recipe.settings(), written).asMap());
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void aRecipeAllowsItsOwnQuickValues(Recipe recipe) {
    Map<String, SettingText> quick = new LinkedHashMap<>();
    recipe.quick().forEach(value -> quick.put(value.key(), new SettingText(value.text(), "")));
    Map<String, Object> values = Settings.resolve(recipe.settings(), quick).asMap();
    quick.forEach((key, text) -> assertEquals(text.text(), Setting.text(values.get(key)), key));
  }

  @Test
  void aPageIsHeadedByWhatTheRunIsNotByWhatItsRecipeUsuallyIs() {
    assertEquals(
        "Updates of resnet18 on mnist against its class means: head, LoRA of rank 1, 2, 4, 8, 16,"
            + " full",
        title("lora-ranks", Map.of()));
    assertEquals(
        "Updates of mlp on fashion-mnist against its class means: LoRA of rank 3",
        title(
            "lora-ranks",
            Map.of(
                "network", "mlp", "data", "fashion-mnist", "variants", "lora", "lora.rank", "3")));
    assertEquals(
        "LoRA of rank 1 teaches mlp on mnist digit 3; what it forgets meanwhile",
        title("digit-nine", Map.of("digit", "3")));
    assertEquals(
        "Full, head-only and LoRA adaptation of small-cnn to mnist turned by up to 25 degrees with"
            + " noise of 0.15",
        title("domain-shift", Map.of()));
    assertEquals("NC1 to NC5 of resnet18 on mnist, epoch by epoch", title("collapse", Map.of()));
    assertTrue(title("feedback-null", Map.of("variants", "dfa")).startsWith("dfa of residual-mlp"));
  }

  private static String title(String recipe, Map<String, String> chosen) {
    Map<String, SettingText> texts = new LinkedHashMap<>();
    chosen.forEach((key, text) -> texts.put(key, new SettingText(text, "")));
    Recipe named = Recipes.named(recipe);
    return named.title(Settings.resolve(named.settings(), texts));
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void everyKeyIsDeclaredOnce(Recipe recipe) {
    List<String> keys = recipe.settings().stream().<String>map(Setting::key).toList();
    assertEquals(keys.size(), keys.stream().distinct().count());
  }
}
