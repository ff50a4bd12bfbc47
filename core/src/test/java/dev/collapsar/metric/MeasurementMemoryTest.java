package dev.collapsar.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureTable;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a measurement will hold is known, and refused if it is too much, before a row is read. */
class MeasurementMemoryTest {
  /** A table that nobody may read. */
  private record Claimed(long rows, int width) implements FeatureTable {
    @Override
    public BatchSource read(long from, long to, int batchRows) {
      throw new AssertionError("it was read");
    }

    @Override
    public void close() {}
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10 | 16384 | a 16384 x 16384 scatter has 268435456 values, and one array holds at most"
            + " 268435455 (D = 16383); leave nc1_vci and rank_* out of --metrics, or project the"
            + " features",
        "10 | 50000 | a 50000 x 50000 scatter has 2500000000 values, and one array holds at most"
            + " 268435455 (D = 16383); leave nc1_vci and rank_* out of --metrics, or project the"
            + " features",
        "17000 | 16384 | 17000 class means of width 16384 have 278528000 values, and one array"
            + " holds at most 268435455; measure fewer classes, or project the features"
      })
  void whatNoArrayHoldsIsRefusedBeforeARowIsRead(int classes, int width, String message) {
    Set<CollapseMetric> metrics =
        Set.of(width > 16_383 && classes == 10 ? WithinClass.NC1_VCI : WithinClass.NC1_SVD);
    Collapse collapse = Collapse.of(new Claimed(100_000, width), classes);
    assertEquals(
        message,
        assertThrows(InvalidInputException.class, () -> collapse.measure(metrics)).getMessage());
  }

  @Test
  void whatTheJvmDoesNotHoldIsRefusedWithTheRemedy() {
    MeasurementMemory need = new MeasurementMemory(1000, 12_000, 1L << 30, 12L * 1152 << 20);
    assertEquals(
        "1000 classes of width 12000: the measurement would hold 14848 MB (class means 1024, D x D"
            + " scatters 13824), more than the 4096 MB of this JVM; give it more"
            + " (COLLAPSAR_JAVA_OPTS=-Xmx<size>), leave nc1_vci and rank_* out of --metrics, or"
            + " project the features",
        assertThrows(InvalidInputException.class, () -> need.require(4L << 30)).getMessage());
    need.require(16L << 30);
  }

  @Test
  void whatTakesMinutesIsSaidBeforeWithWhatLeavesItOut() {
    Collapse collapse =
        Collapse.of(new Claimed(400_000, 16), 200_000)
            .withOptions(CollapseOptions.defaults().withThreads(2));
    String said = collapse.longWork(collapse.usual()).orElseThrow();
    assertEquals(
        "200000 classes have 2.0e+10 pairs of means, which take some 11 minutes on 2 threads; only",
        said.substring(0, said.indexOf(" nc")));
    assertTrue(said.contains("nc1_cdnv, nc2_etf_err"), said);
    assertEquals(Optional.empty(), collapse.longWork(Set.of(WithinClass.NC1_PINV)));
    Collapse few = Collapse.of(new Claimed(400_000, 16), 1_000);
    assertEquals(Optional.empty(), few.longWork(few.usual()));
  }
}
