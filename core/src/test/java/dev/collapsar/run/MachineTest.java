package dev.collapsar.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MachineTest {
  @Test
  void theEnvironmentNamesTheBuiltVersionAndThePlatform() {
    RunRecord.Environment here = Machine.describe(2, "cpu", Map.of("LibTorch", "2.10.0"));
    assertTrue(here.collapsar().matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?( \\(\\w+\\))?"));
    assertTrue(here.java().endsWith(System.getProperty("java.runtime.version")));
    assertTrue(here.cpu().matches("\\S.*, \\d+ processors"), here.cpu());
    assertEquals(Map.of("LibTorch", "2.10.0"), here.natives());
  }

  @Test
  void durationsAreInSecondsAndTimesInMilliseconds() {
    long[] counter = {7_000_000_000L};
    RunClock clock =
        new RunClock(() -> Instant.parse("2026-11-20T09:30:00.123456Z"), () -> counter[0]);
    long mark = clock.mark();
    counter[0] += 1_500_000_000L;
    assertEquals(1.5, clock.secondsSince(mark));
    assertEquals(Instant.parse("2026-11-20T09:30:00.123Z"), clock.now());
  }
}
