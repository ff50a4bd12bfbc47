package dev.collapsar.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.run.ReportItem;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeatTableTest {
  @Test
  void countsAreShadedByTheirRoot() {
    assertEquals(
        List.of("much 1.000 1000", "much 0.500 250", "nothing 0.000 0"),
        cells(false, 1000.0, 250.0, 0.0));
  }

  @Test
  void sharesAreShadedInProportionWithThreeDigitsOfTheLargest() {
    assertEquals(
        List.of("much 1.000 0.800", "much 0.250 0.200", "much 0.001 0.001"),
        cells(false, .8, .2, .0008));
  }

  @Test
  void aroundZeroTheSignIsWrittenOutAndChoosesTheHue() {
    assertEquals(
        List.of("more 0.500 +1.00", "less 1.000 −2.00", "less 0.625 −1.25"),
        cells(true, 1.0, -2.0, -1.25));
  }

  @Test
  void whatIsNotFiniteHasNoNumberAndNoShade() {
    assertEquals(
        List.of("much 1.000 3", "nothing 0.000 –", "nothing 0.000 –"),
        cells(false, 3.0, Double.NaN, Double.POSITIVE_INFINITY));
  }

  @Test
  void aTableOfManyColumnsShowsItsNumbersOnHovering() {
    assertFalse(table(false, Collections.nCopies(24, 1.0)).contains("dense"));
    String dense = table(false, Collections.nCopies(25, 1.0));
    assertTrue(dense.contains("<table class=\"grid dense tall\""));
    assertTrue(dense.contains("title=\"layer fc, epoch 24: 1\""));
  }

  /** Class, shade and text of each cell. */
  private static List<String> cells(boolean diverging, Double... values) {
    return Pattern.compile("<td class=\"(\\w+)\" title=\"[^\"]*\" style=\"--s:([0-9.]+)\">([^<]*)<")
        .matcher(table(diverging, List.of(values)))
        .results()
        .map(cell -> String.join(" ", cell.group(1), cell.group(2), cell.group(3)))
        .toList();
  }

  private static String table(boolean diverging, List<Double> values) {
    Html html = new Html();
    List<String> columns = IntStream.range(0, values.size()).mapToObj(Integer::toString).toList();
    new HeatTable(
            new ReportItem.Heatmap(
                "title", "", "layer", "epoch", List.of("fc"), columns, List.of(values), diverging))
        .write(html);
    return html.toString();
  }
}
