package dev.collapsar;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvLineTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "plain", "with space", " 'single' ", "größe", "a;b", "-1.5E-3"})
  void whatNeedsNoQuotesHasNone(String text) {
    assertEquals(text, CsvLine.field(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a,b", "a\nb", "a\rb"})
  void whatWouldEndAFieldIsQuoted(String text) {
    assertEquals('"' + text + '"', CsvLine.field(text));
  }

  @Test
  void quotesAreDoubledWithinQuotes() {
    assertEquals("\"of \"\"class\"\" 3\"", CsvLine.field("of \"class\" 3"));
    assertEquals("\"plain\"", CsvLine.quoted("plain"));
    assertEquals("a,\"b,c\",", CsvLine.of(Stream.of("a", "b,c", "")));
  }
}
