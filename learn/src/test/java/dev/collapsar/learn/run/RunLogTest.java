package dev.collapsar.learn.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.run.RunRecord.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunLogTest {
  private final RunLog log = new RunLog();

  @ParameterizedTest
  @ValueSource(strings = {"", "representation"})
  void theLastNc1IsTheRepresentationsWhateverItIsCalledAmongTheTaps(String layer) {
    note(layer, "nc1_pinv", 0.5);
    note(layer, "nc1_pinv", 0.25);
    note(layer, "nc1_cdnv", 0.125);
    note("layer1", "nc1_pinv", 4.0);
    note(layer, "nc1_pinv", null);
    assertEquals("  NC1 0.250", log.lastNc1("base"));
  }

  @Test
  void withoutOneNothingIsSaid() {
    note("layer1", "nc1_pinv", 4.0);
    assertEquals("", log.lastNc1("base"));
  }

  private void note(String layer, String metric, Double value) {
    log.add(new Row("base", "pretrain", 1, layer, metric, value, value == null ? "none" : null));
  }
}
