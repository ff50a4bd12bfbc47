package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.random.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkCommandTest {
  private static final String GOLDEN = "../core/src/test/resources/golden/torchscript/";

  @TempDir Path folder;

  @Test
  void aScriptSaysItsHeadItsTapsAndWhatAdaptersReach() {
    Session info = Session.of("network", "info", GOLDEN + "vit/model.pt");

    assertEquals(0, info.exitCode(), info.err());
    assertTrue(info.out().contains("head heads.head, 6 classes"), info.out());
    assertTrue(info.out().contains("one sample is (3x32x32)"), info.out());
    assertTrue(info.out().contains("self_attention.base_layer.out_proj"), info.out());
    assertTrue(info.out().contains("pixels"), info.out());
  }

  @Test
  void aNetworkOfOursIsWrittenAsScriptAndOpensAgain() {
    Path ours = folder.resolve("mlp.safetensors");
    try (Network network = LayerNetwork.initialized(new Mlp(List.of(12, 6, 3)), new Seed(1))) {
      NetworkFile.write(ours, network);
    }
    String out = folder.resolve("mlp.pt").toString();

    assertEquals(0, Session.of("network", "export", ours.toString(), out).exitCode());
    assertTrue(Session.of("network", "info", out).out().contains("3 classes"));
    assertEquals(2, Session.of("network", "export", ours.toString(), out).exitCode());
    assertEquals(0, Session.of("network", "export", ours.toString(), out, "--force").exitCode());
  }

  @Test
  void anAdapterIsMergedIntoTheWrittenScript() {
    String out = folder.resolve("merged.pt").toString();
    Session export =
        Session.of(
            "network",
            "export",
            GOLDEN + "table-net/model.pt",
            out,
            "--adapter",
            GOLDEN + "table-net/lora");

    assertEquals(0, export.exitCode(), export.err());
    assertTrue(Files.exists(Path.of(out)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"state_dict.pt", "exported.pt2", "writes-files.pt", "writes-files-at-load.pt"})
  void whatMayNotRunIsRefusedByEveryCommandBeforeItRuns(String name) {
    for (String[] command :
        List.of(
            new String[] {"network", "info", GOLDEN + "refused/" + name},
            new String[] {
              "network", "export", GOLDEN + "refused/" + name, folder.resolve("x.pt").toString()
            },
            new String[] {"measure", "--network", GOLDEN + "refused/" + name, "--data", "mnist"})) {
      Session session = Session.of(command);
      assertEquals(2, session.exitCode(), session.err());
      assertEquals(1, session.err().lines().count(), session.err());
    }
    assertTrue(!Files.exists(Path.of("torchscript-probe-written.bin")));
    assertTrue(!Files.exists(Path.of("torchscript-probe-at-load.bin")));
  }
}
