package dev.collapsar.learn.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.collapsar.InvalidInputException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  private static final Setting<Integer> EPOCHS =
      Setting.integer("target.epochs", 5, 0, 10_000, "epochs");
  private static final Setting<Double> NOISE = Setting.number("shift.noise", 0.15, 0, 10, "noise");
  private static final Setting<Double> ALPHA = Setting.positive("lora.alpha", 16, 1e6, "scale");
  private static final Setting<List<Integer>> RANK =
      Setting.counts("lora.rank", List.of(8), "rank");
  private static final Setting<String> LOSS =
      Setting.choice("loss", "mse", List.of("mse", "entropy"), "what is minimised");
  private static final Setting<Boolean> DRIFT =
      Setting.flag("backbone.drift", false, "whether it drifts");
  private static final List<Setting<?>> ALL = List.of(EPOCHS, NOISE, ALPHA, RANK, LOSS, DRIFT);

  @Test
  void aFlagIsTrueOrFalseAndNothingElse() {
    assertEquals(true, choose("backbone.drift", "true").get(DRIFT));
    assertEquals(false, choose("backbone.drift", "false").get(DRIFT));
    assertEquals(
        "--set backbone.drift=yes: must be true or false", refusal("backbone.drift", "yes"));
  }

  @Test
  void whatNobodyChoseHasItsDefaultAndKeepsItsPlace() {
    Settings settings = choose("shift.noise", "0.5");
    assertEquals(5, settings.get(EPOCHS));
    assertEquals(0.5, settings.get(NOISE));
    assertEquals(
        List.of(
            "target.epochs", "shift.noise", "lora.alpha", "lora.rank", "loss", "backbone.drift"),
        List.copyOf(settings.asMap().keySet()));
    assertEquals(0.5, settings.asMap().get("shift.noise"));
  }

  @Test
  void bothEndsOfARangeAreAllowed() {
    assertEquals(0, choose("target.epochs", "0").get(EPOCHS));
    assertEquals(10_000, choose("target.epochs", " 10_000 ").get(EPOCHS));
    assertEquals(0.0, choose("shift.noise", "0").get(NOISE));
    assertEquals(10.0, choose("shift.noise", "1e1").get(NOISE));
    assertEquals(1e6, choose("lora.alpha", "1000000").get(ALPHA));
    assertEquals(List.of(1, 128), choose("lora.rank", "1,128").get(RANK));
    assertEquals(List.of(2, 4, 8), choose("lora.rank", "[2, 4, 8]").get(RANK));
    assertEquals("entropy", choose("loss", "entropy").get(LOSS));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"-1", "10001", "99999999999999999999", "1.5", "two", "", "1e3", "0x10", "NaN"})
  void aWholeNumberOutOfRangeOrNoneIsRefusedWithKeyValueAndRange(String text) {
    assertEquals(
        "--set target.epochs=%s: must be a whole number in 0..10000".formatted(text),
        refusal("target.epochs", text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-0.1", "10.1", "nan", "NaN", "Infinity", "", "much"})
  void aNumberOutOfRangeOrNoneIsRefusedWithKeyValueAndRange(String text) {
    assertEquals(
        "--set shift.noise=%s: must be a number in 0..10".formatted(text),
        refusal("shift.noise", text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "1000001", "-0.0"})
  void whatMustBePositiveIsNotZero(String text) {
    assertEquals(
        "--set lora.alpha=%s: must be a number above 0, at most 1000000".formatted(text),
        refusal("lora.alpha", text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "99999999999", "2,0", "8,8", "2,", "2;4", "[2,[4]]", ""})
  void aListOfRanksIsRefusedForOneThatIsNone(String text) {
    assertEquals(
        ("--set lora.rank=%s: must be whole numbers of at least 1, all different,"
                + " separated by commas")
            .formatted(text),
        refusal("lora.rank", text));
  }

  @Test
  void anUnknownChoiceNamesTheKnownOnes() {
    assertEquals("--set loss=huber: must be one of mse, entropy", refusal("loss", "huber"));
  }

  @ParameterizedTest
  @CsvSource({
    "lora.rnak, 'lora.rank, lora.alpha, loss'",
    "epochs, 'target.epochs, loss, lora.alpha'",
    "Target.Epochs, 'target.epochs, shift.noise, lora.alpha'"
  })
  void anUnknownKeyNamesTheNearest(String key, String nearest) {
    assertEquals(
        "--set %s: there is no such setting; nearest: %s".formatted(key, nearest),
        refusal(key, "1"));
  }

  @Test
  void whereAValueCameFromIsNamed() {
    Map<String, SettingText> chosen =
        Map.of("lora.alpha", new SettingText("0", "mine.yaml line 3 column 2"));
    assertEquals(
        "mine.yaml line 3 column 2 lora.alpha=0: must be a number above 0, at most 1000000",
        assertThrows(InvalidInputException.class, () -> Settings.resolve(ALL, chosen))
            .getMessage());
  }

  @Test
  void whatBelongsToAnotherArchitectureTakesNoPartAndIsSaidIfItWasChosen() {
    Setting<String> network =
        Setting.choice("network", "mlp", List.of("mlp", "resnet18"), "the network");
    Setting<Integer> width =
        Setting.integer("network.width", 64, 1, 99, "width").onlyWith(network, "resnet18");
    List<Setting<?>> known = List.of(width, network);
    SettingText eight = new SettingText("8", "--set");

    Settings other = Settings.resolve(known, Map.of("network.width", eight));
    assertEquals(Map.of("network", "mlp"), other.asMap());
    assertEquals(
        List.of("network.width=8 takes no part: it counts with network=resnet18 only."),
        other.idle());
    assertEquals(List.of(), Settings.resolve(known, Map.of()).idle());

    Settings own =
        Settings.resolve(
            known, Map.of("network.width", eight, "network", new SettingText("resnet18", "")));
    assertEquals(Map.of("network", "resnet18", "network.width", 8), own.asMap());
    assertEquals(List.of(), own.idle());
  }

  @Test
  void aCountHasNoUpperBoundOfItsOwn() {
    Setting<Integer> count = Setting.count("samples", 5, "images");
    List<Setting<?>> known = List.of(count);
    SettingText million = new SettingText("2_000_000", "--set");
    assertEquals(2_000_000, Settings.resolve(known, Map.of("samples", million)).get(count));
    SettingText zero = new SettingText("0", "--set");
    assertEquals(
        "--set samples=0: must be a whole number of at least 1",
        assertThrows(
                InvalidInputException.class, () -> Settings.resolve(known, Map.of("samples", zero)))
            .getMessage());
  }

  @Test
  void aSettingOfAnotherRecipeHasNoValueHere() {
    Settings settings = Settings.resolve(List.of(EPOCHS), Map.of());
    assertThrows(IllegalArgumentException.class, () -> settings.get(ALPHA));
  }

  @Test
  void aValueIsWrittenAsItIsChosen() {
    assertEquals("2,4,8", Setting.text(List.of(2, 4, 8)));
    assertEquals("0.15", Setting.text(0.15));
  }

  private static Settings choose(String key, String text) {
    return Settings.resolve(ALL, Map.of(key, new SettingText(text, "--set")));
  }

  private static String refusal(String key, String text) {
    return assertThrows(InvalidInputException.class, () -> choose(key, text)).getMessage();
  }
}
