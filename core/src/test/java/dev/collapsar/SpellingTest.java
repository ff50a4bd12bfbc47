package dev.collapsar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpellingTest {
  private enum Pace {
    SLOW,
    VERY_FAST
  }

  @Test
  void wordsAreInLowerCaseWithDashes() {
    assertEquals(List.of("slow", "very-fast"), Spelling.all(Pace.class));
  }

  @ParameterizedTest
  @EnumSource
  void aWordIsReadBackInAnyCaseAndWithUnderscores(Pace pace) {
    assertEquals(pace, Spelling.parse(Pace.class, pace.name()));
    assertEquals(pace, Spelling.parse(Pace.class, Spelling.of(pace)));
    assertEquals(pace, Spelling.parse(Pace.class, Spelling.of(pace).toUpperCase(Locale.ROOT)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"veryfast", "very fast", "slow ", ""})
  void whatIsSpelledOtherwiseIsRefusedWithTheList(String text) {
    assertEquals(
        "'" + text + "' is none of slow, very-fast",
        assertThrows(InvalidInputException.class, () -> Spelling.parse(Pace.class, text))
            .getMessage());
  }
}
