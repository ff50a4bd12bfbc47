package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the documentation tells people to put into their PyTorch loop, run there. */
class InteropRecordTest {
  @TempDir Path folder;

  @Test
  void theSnippetOfTheDocumentationDumpsWhatRecordTakes() throws Exception {
    Interop.run("main", "dump_features.py", Path.of("../docs/formats.md").toAbsolutePath(), folder);
    Path run = folder.resolve("run");
    Session session =
        Session.of(
            "record",
            "--features",
            folder + "/epoch-*.npz",
            "--weights",
            "#weights",
            "--out",
            run.toString());
    assertEquals(0, session.exitCode(), session.err());
    String metrics = Files.readString(run.resolve("metrics.csv"));
    for (int epoch = 0; epoch < 3; epoch++) {
      assertTrue(metrics.contains("model,train," + epoch + ",,nc3_cos_mean,"), metrics);
    }
  }
}
