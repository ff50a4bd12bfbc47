package dev.collapsar.learn.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StateDictMatchTest {
  @Test
  void equalNamesAndShapesMatchWhateverTheirOrder() {
    Map<String, long[]> needed = new LinkedHashMap<>();
    needed.put("fc.weight", new long[] {10, 3});
    needed.put("fc.bias", new long[] {10});
    Map<String, long[]> found = new LinkedHashMap<>();
    found.put("fc.bias", new long[] {10});
    found.put("fc.weight", new long[] {10, 3});
    assertTrue(StateDictMatch.of(needed, found).isExact());
  }

  @Test
  void countsOfBatchesMayBeMissing() {
    Map<String, long[]> needed = new LinkedHashMap<>();
    needed.put("bn1.running_var", new long[] {4});
    needed.put("bn1.num_batches_tracked", new long[0]);
    assertTrue(StateDictMatch.of(needed, Map.of("bn1.running_var", new long[] {4})).isExact());
  }

  @Test
  void whatDisagreesIsSaidInOneLine() {
    StateDictMatch match =
        StateDictMatch.of(
            Map.of("fc.weight", new long[] {10, 3}, "fc.bias", new long[] {10}),
            Map.of("fc.weight", new long[] {100, 3}, "head.bias", new long[] {10}));
    assertEquals(List.of("fc.bias"), match.missing());
    assertEquals(List.of("head.bias"), match.unexpected());
    String message =
        assertThrows(InvalidInputException.class, () -> match.requireExact("a.pth")).getMessage();
    assertEquals(
        "a.pth: does not fit the network: 1 missing (fc.bias); 1 unexpected (head.bias);"
            + " 1 of another shape (fc.weight [100, 3] instead of [10, 3])",
        message);
  }

  @Test
  void atMostTenNamesOfAKindAreListed() {
    Map<String, long[]> needed = new LinkedHashMap<>();
    for (int i = 0; i < 122; i++) {
      needed.put("layer" + i, new long[] {1});
    }
    String line = StateDictMatch.of(needed, Map.of()).describe();
    assertTrue(line.startsWith("122 missing (layer0, "), line);
    assertTrue(line.endsWith("layer9, ...)"), line);
  }
}
