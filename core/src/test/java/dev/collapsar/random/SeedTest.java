package dev.collapsar.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

class SeedTest {
  /** Python: struct.unpack('>q', sha256(struct.pack('>q', 42) + name.encode()).digest()[:8]). */
  @Test
  void aStreamIsTheHashOfSeedAndNameForEver() {
    assertEquals(3693447797307391166L, new Seed(42).stream("init/classifier.3"));
    assertEquals(-6432526491365186678L, new Seed(42).stream(""));
    assertEquals(-5685258186221656211L, new Seed(-1).stream("\u00e9"));
  }

  @Test
  void aSeedUnderANameIsThatStream() {
    Seed seed = new Seed(7);
    assertEquals(seed.stream("adapt"), seed.under("adapt").value());
    assertEquals(
        seed.under("adapt").random("x").nextLong(), seed.under("adapt").random("x").nextLong());
    assertNotEquals(seed.stream("adapt/1"), seed.under("adapt").stream("1"));
  }
}
