package dev.collapsar.learn.variant;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.RunRecord.Row;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LastNc1Test {
  private final List<Row> rows = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(strings = {"", "representation"})
  void theLastNc1IsTheRepresentationsWhateverItIsCalledAmongTheTaps(String layer) {
    note(layer, "nc1_pinv", 0.5);
    note(layer, "nc1_pinv", 0.25);
    note(layer, "nc1_cdnv", 0.125);
    note("layer1", "nc1_pinv", 4.0);
    note(layer, "nc1_pinv", null);
    assertEquals("  NC1 0.250", ProgressListener.lastNc1(MetricHistory.of(rows)));
  }

  @Test
  void withoutOneNothingIsSaid() {
    note("layer1", "nc1_pinv", 4.0);
    assertEquals("", ProgressListener.lastNc1(MetricHistory.of(rows)));
  }

  private void note(String layer, String metric, Double value) {
    rows.add(new Row("base", "pretrain", 1, layer, metric, value, value == null ? "none" : null));
  }
}
