package dev.collapsar.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The charts' library is kept here, since no WebJar of a version without known faults is served.
 */
class VendoredEChartsTest {
  @Test
  void itIsWhatNpmServesToTheByteWithItsLicences() throws IOException {
    List<String> files =
        new String(resource("checksums.sha256"), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.startsWith("#"))
            .toList();
    for (String line : files) {
      String name = line.substring(66);
      Sha256 digest = new Sha256();
      digest.add(resource(name));
      assertEquals(line.substring(0, 64), digest.hex(), name);
    }
    assertTrue(files.stream().anyMatch(line -> line.endsWith("  echarts.min.js")));
    assertTrue(files.stream().anyMatch(line -> line.endsWith("  LICENSE")));
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = Page.class.getResourceAsStream("echarts/" + name)) {
      return in.readAllBytes();
    }
  }
}
