package dev.collapsar.learn.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.recipe.Recipes;
import dev.collapsar.learn.run.Recipe;
import dev.collapsar.run.RunDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeFileTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("my.yaml");
  }

  @Test
  void settingsMayBeNestedOrDotted() throws IOException {
    RecipeFile read =
        read(
            """
            recipe: domain-shift   # a comment
            seed: -7
            lora:
              rank: [2, 4]
              alpha: 32
            adapt.epochs: 1
            shift: {noise: 0.2}
            """);
    assertEquals("domain-shift", read.recipe());
    assertEquals(OptionalLong.of(-7), read.seed());
    Map<String, String> chosen = new LinkedHashMap<>();
    read.chosen().forEach((key, value) -> chosen.put(key, value.text()));
    assertEquals(
        Map.of("lora.rank", "2,4", "lora.alpha", "32", "adapt.epochs", "1", "shift.noise", "0.2"),
        chosen);
    assertEquals(file + " line 4 column 3", read.chosen().get("lora.rank").origin());
    assertEquals(file + " line 6 column 1", read.chosen().get("adapt.epochs").origin());
  }

  @Test
  void withoutASeedThereIsNone() throws IOException {
    assertEquals(OptionalLong.empty(), read("recipe: domain-shift\n").seed());
  }

  @Test
  void whatARunWroteIsReadBackToTheSameValues() {
    Recipe recipe = Recipes.named("domain-shift");
    Settings settings =
        Settings.resolve(recipe.settings(), Map.of("lora.rank", new SettingText("2,4", "--set")));
    RunDirectory.create(directory.resolve("run"))
        .writeRecipe(recipe.name(), Long.MIN_VALUE, settings.asMap());

    RecipeFile read = RecipeFile.read(directory.resolve("run/recipe.yaml"));

    assertEquals(OptionalLong.of(Long.MIN_VALUE), read.seed());
    assertEquals(settings.asMap(), Settings.resolve(recipe.settings(), read.chosen()).asMap());
  }

  @Test
  void brokenYamlIsNamedWithLineAndColumn() throws IOException {
    assertEquals(
        file + " line 2 column 6: not YAML: mapping values are not allowed here",
        refusal("recipe: domain-shift\n  bad: [1,\n"));
    assertEquals(
        file + " line 3 column 1: not YAML: expected the node content, but found '<stream end>'",
        refusal("recipe: domain-shift\nlora: [1,\n"));
    String binary = refusal("\0\1\2");
    assertTrue(binary.startsWith(file + " line 1 column 1: not YAML: "), binary);
    assertEquals(1, binary.lines().count());
  }

  @Test
  void whatIsNoUtf8IsNamed() throws IOException {
    Files.write(file, "recipe: \u00ff".getBytes(StandardCharsets.ISO_8859_1));
    String message = refusal();
    assertTrue(message.startsWith(file.toString()) && message.contains("UTF-8"), message);
  }

  @Test
  void whatIsNoMappingIsRefused() throws IOException {
    String expected = file + ": must be a YAML mapping such as 'recipe: domain-shift'";
    assertEquals(expected, refusal("- domain-shift\n"));
    assertEquals(expected, refusal("domain-shift\n"));
    assertEquals(expected, refusal(""));
  }

  @Test
  void aFileWithoutARecipeIsRefused() throws IOException {
    assertEquals(
        file + ": names no recipe; it needs a line such as 'recipe: domain-shift'",
        refusal("lora.rank: 8\n"));
  }

  @Test
  void aSettingStandsThereOnceHoweverItIsSpelled() throws IOException {
    assertEquals(
        file + " line 4 column 1 lora.rank: stands there twice",
        refusal("recipe: domain-shift\nlora:\n  rank: 2\nlora.rank: 4\n"));
  }

  @Test
  void aListOfListsIsRefused() throws IOException {
    assertEquals(
        file + " line 2 column 1 lora.rank: must be a value or a plain list",
        refusal("recipe: domain-shift\nlora.rank: [2, [3]]\n"));
  }

  @Test
  void aSeedIsAWholeNumber() throws IOException {
    assertEquals(
        file + " line 2 column 1 seed=1.5: must be a whole number",
        refusal("recipe: domain-shift\nseed: 1.5\n"));
  }

  @Test
  void aSecondDocumentIsRefused() throws IOException {
    assertTrue(
        refusal("recipe: domain-shift\n---\nlora.rank: 4\n")
            .endsWith(": a second YAML document begins here; a recipe file has one"));
  }

  @Test
  void whatIsNotThereOrADirectoryOrHugeIsNamed() throws IOException {
    assertEquals(file + ": no such file", refusal());
    Files.createDirectory(file);
    assertEquals(file + ": is a directory, not a recipe file", refusal());
    Files.delete(file);
    Files.write(file, new byte[2 << 20]);
    assertEquals(file + ": has 2097152 bytes, such a file has at most 1048576", refusal());
  }

  @Test
  void aDeepNestIsRefusedAndNotFollowed() throws IOException {
    assertEquals(1, refusal("recipe: domain-shift\n" + "{a: ".repeat(100_000)).lines().count());
    assertEquals(
        1, refusal("recipe: domain-shift\nlora: " + "{a: ".repeat(100_000)).lines().count());
  }

  private RecipeFile read(String yaml) throws IOException {
    Files.writeString(file, yaml);
    return RecipeFile.read(file);
  }

  private String refusal(String yaml) throws IOException {
    Files.writeString(file, yaml);
    return refusal();
  }

  private String refusal() {
    return assertThrows(InvalidInputException.class, () -> RecipeFile.read(file)).getMessage();
  }
}
