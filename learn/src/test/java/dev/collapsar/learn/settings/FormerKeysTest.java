package dev.collapsar.learn.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.collapsar.InvalidInputException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FormerKeysTest {
  private static final FormerKeys KEYS =
      new FormerKeys(
          Map.of(
              "target.epochs", List.of("adapt.epochs"),
              "momentum", List.of("base.momentum", "adapt.momentum"),
              "idle", List.of()));

  @Test
  void aFormerKeyIsReadAsTodaysWithANoteThatNamesIt() {
    FormerKeys.Read read = read("target.epochs", "7", "--set", "lora.rank", "2", "--set");
    assertEquals(List.of("adapt.epochs", "lora.rank"), List.copyOf(read.chosen().keySet()));
    assertEquals("7", read.chosen().get("adapt.epochs").text());
    assertEquals(List.of("target.epochs is read as adapt.epochs, its name today."), read.notes());
  }

  @Test
  void aKeyThatStoodForTwoIsReadAsBoth() {
    FormerKeys.Read read = read("momentum", "0.5", "--set");
    assertEquals("0.5", read.chosen().get("base.momentum").text());
    assertEquals("0.5", read.chosen().get("adapt.momentum").text());
  }

  @Test
  void aKeyThatNeverCountedIsLeftOutOfAFileAndNotOfTheCommandLine() {
    FormerKeys.Read read = read("idle", "1", "a.yaml line 2 column 1");
    assertEquals(Map.of(), read.chosen());
    assertEquals(
        List.of("idle is left out: it never counted, and is no setting today."), read.notes());
    assertEquals(List.of("idle"), List.copyOf(read("idle", "1", "--set").chosen().keySet()));
  }

  @Test
  void theCommandLineCountsAboveAFileByWhicheverName() {
    assertEquals(
        "2",
        read("target.epochs", "1", "a.yaml line 2 column 1", "adapt.epochs", "2", "--set")
            .chosen()
            .get("adapt.epochs")
            .text());
    assertEquals(
        "2",
        read("adapt.epochs", "1", "a.yaml line 2 column 1", "target.epochs", "2", "--set")
            .chosen()
            .get("adapt.epochs")
            .text());
  }

  @Test
  void bothNamesWithDifferentValuesAreRefused() {
    assertEquals(
        "--set adapt.epochs=2: is given by its former name too, as 1; leave one out",
        assertThrows(
                InvalidInputException.class,
                () -> read("target.epochs", "1", "--set", "adapt.epochs", "2", "--set"))
            .getMessage());
  }

  @Test
  void aWrongValueIsNamedByBothKeys() {
    Setting<Integer> epochs = Setting.integer("adapt.epochs", 5, 0, 10, "epochs");
    Map<String, SettingText> chosen = read("target.epochs", "11", "--set").chosen();
    assertEquals(
        "--set target.epochs, today adapt.epochs=11: must be a whole number in 0..10",
        assertThrows(InvalidInputException.class, () -> Settings.resolve(List.of(epochs), chosen))
            .getMessage());
  }

  private static FormerKeys.Read read(String... keysTextsOrigins) {
    Map<String, SettingText> chosen = new LinkedHashMap<>();
    for (int i = 0; i < keysTextsOrigins.length; i += 3) {
      chosen.put(
          keysTextsOrigins[i], new SettingText(keysTextsOrigins[i + 1], keysTextsOrigins[i + 2]));
    }
    return KEYS.read(chosen);
  }
}
