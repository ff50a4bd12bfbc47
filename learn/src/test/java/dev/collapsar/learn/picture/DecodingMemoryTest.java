package dev.collapsar.learn.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecodingMemoryTest {
  /**
   * A bitmap's height of -2^31 stays negative, and so many pixels less than none asked for 2^30
   * permits.
   */
  @ParameterizedTest
  @CsvSource({"400000,-2147483648", "0,5", "-3,-3"})
  @Timeout(10)
  void sizesThatAreNoneAreRefusedAndWaitForNothing(int width, int height) {
    String said =
        assertThrows(
                IOException.class,
                () ->
                    DecodingMemory.within(
                        width,
                        height,
                        () -> {
                          throw new IllegalStateException("was decoded");
                        }))
            .getMessage();
    assertEquals("claims %sx%s pixels".formatted(width, height), said);
  }

  @Test
  @Timeout(10)
  void morePixelsThanThereIsMemoryForAreRefused() {
    String said =
        assertThrows(
                IOException.class,
                () -> DecodingMemory.within(Integer.MAX_VALUE, Integer.MAX_VALUE, () -> null))
            .getMessage();
    assertTrue(said.startsWith("2147483647x2147483647 pixels take"), said);
  }
}
