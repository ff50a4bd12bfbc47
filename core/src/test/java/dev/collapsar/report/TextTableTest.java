package dev.collapsar.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class TextTableTest {
  @Test
  void numbersAreFlushRightEvenWhereOneIsUndefined() {
    TextTable table = new TextTable("metric", "value", "ideal");
    table.row("nc1", "1.50", "0").row("nc3_dual", "undefined", "none");
    assertEquals(
        """
        metric        value  ideal
        nc1            1.50  0
        nc3_dual  undefined  none
        """,
        table.toText("").replace("\r", ""));
  }

  @Test
  void aTableWithoutHeadingsBeginsWithItsFirstRow() {
    assertEquals(
        "  seed  a -> b\n",
        new TextTable("", "").row("seed", "a -> b").toText("  ").replace("\r", ""));
  }

  @Test
  void aRowOfAnotherWidthIsRefused() {
    TextTable table = new TextTable("a", "b");
    assertThrows(IllegalArgumentException.class, () -> table.row("1"));
  }
}
