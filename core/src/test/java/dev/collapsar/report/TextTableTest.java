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
  void whatDoesNotFitATerminalStandsBelowBehindTheFirstColumn() {
    String wide = "w".repeat(69);
    TextTable table = new TextTable("layer", "a", "b", "c").row("fc", "1", wide, "3");
    assertEquals(
        """
        layer  a  b
        fc     1  %s

        layer  c
        fc     3
        """
            .formatted(wide),
        table.folded().replace("\r", ""));
    TextTable narrow = new TextTable("layer", "a").row("fc", "1");
    assertEquals(narrow.toText(""), narrow.folded());
    TextTable one = new TextTable("layer").row("fc");
    assertEquals(one.toText(""), one.folded());
  }

  @Test
  void rowsWithNothingInWhatStandsBelowAreNotRepeatedThere() {
    String wide = "w".repeat(75);
    TextTable table =
        new TextTable("metric", "value", "").row("nc1", "1", "").row("nc2", "2", wide);
    assertEquals(
        """
        metric  value
        nc1         1
        nc2         2

        metric
        nc2     %s
        """
            .formatted(wide),
        table.folded().replace("\r", ""));
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
