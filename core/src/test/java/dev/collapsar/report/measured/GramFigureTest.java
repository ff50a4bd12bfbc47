package dev.collapsar.report.measured;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class GramFigureTest {
  @Test
  void namesThatWouldBeCutAlikeAreNumbers() {
    List<String> names = List.of("class 0", "class 1");
    assertEquals(names, GramFigure.brief(names, new int[] {3, 5}, 7));
    assertEquals(List.of("3", "5"), GramFigure.brief(names, new int[] {3, 5}, 6));
    assertEquals(
        List.of("auber…", "leek"),
        GramFigure.brief(List.of("aubergine", "leek"), new int[] {3, 5}, 6));
  }
}
