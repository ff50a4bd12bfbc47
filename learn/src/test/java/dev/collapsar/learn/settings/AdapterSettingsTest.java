package dev.collapsar.learn.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterPlan;
import dev.collapsar.learn.adapter.Initialization;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.ResNet18.Stem;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.random.Seed;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterSettingsTest {
  private static final AdapterSettings ADAPTERS =
      AdapterSettings.ofRanks(
          List.of(1, 2),
          new AdapterSettings.Defaults(16, 0.05, AdapterSettings.HEAD, Initialization.DEFAULT));

  private Network network;

  @BeforeEach
  void begin() {
    network = LayerNetwork.initialized(new ResNet18(1, 4, 2, Stem.CIFAR, 10), new Seed(1));
  }

  @AfterEach
  void end() {
    network.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "head | fc",
        "all-linear | fc",
        "fc | fc",
        "layer4.1.conv2 | layer4.1.conv2",
        "1.conv2 | layer1.1.conv2 layer2.1.conv2 layer3.1.conv2 layer4.1.conv2",
        "'layer4\\..*conv1' | layer4.0.conv1 layer4.1.conv1",
        "'conv1' | conv1 layer1.0.conv1 layer1.1.conv1 layer2.0.conv1 layer2.1.conv1 layer3.0.conv1"
            + " layer3.1.conv1 layer4.0.conv1 layer4.1.conv1",
        "'conv1$' | conv1",
        "'fc,layer[12].0.conv1' | layer1.0.conv1 layer2.0.conv1 fc",
        "'l.{4}4.0.conv2, l.{4,5}.1.conv2' | layer1.1.conv2 layer2.1.conv2 layer3.1.conv2"
            + " layer4.0.conv2 layer4.1.conv2"
      })
  void targetsArePlainEndingsOrExpressionsForWholeNames(String targets, String layers) {
    AdapterConfig config = ADAPTERS.config(chosen("lora.targets", targets), network, 1);
    assertEquals(
        layers,
        String.join(
            " ",
            AdapterPlan.of(config, Adapter.adaptable(network)).layers().stream()
                .map(adapted -> adapted.layer().name())
                .toList()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "fc,,conv1", "(fc", "fc,*"})
  void targetsThatAreNoneAreRefused(String targets) {
    String message =
        assertThrows(InvalidInputException.class, () -> chosen("lora.targets", targets))
            .getMessage();
    assertTrue(
        message.startsWith("--set lora.targets=" + targets + ": must be all-linear, head, or"),
        message);
  }

  @Test
  void everyOptionReachesTheConfiguration() {
    AdapterConfig config =
        ADAPTERS.config(
            chosen(
                "lora.kind", "dora",
                "lora.alpha", "4",
                "lora.scaling", "rank-stabilised",
                "lora.dropout", "0.25",
                "lora.init", "pissa"),
            network,
            4);
    assertTrue(config.dora() && config.rankStabilized());
    assertEquals(2, config.scale("fc"));
    assertEquals(0.25, config.dropout());
    assertEquals(Initialization.PISSA, config.initialization());
    assertEquals("dora-r4", ADAPTERS.variant(chosen("lora.kind", "dora"), 4));
  }

  @Test
  void aRankIsHeldAgainstTheLayersAtHandBeforeAnythingIsTrained() {
    ADAPTERS.requireFit(chosen("lora.rank", "1,32"), network); // the head is 10 x 32
    assertEquals(
        "lora.rank=33: must be at most 32, the longest side of the layers of lora.targets=head",
        assertThrows(
                InvalidInputException.class,
                () -> ADAPTERS.requireFit(chosen("lora.rank", "1,33"), network))
            .getMessage());
    ADAPTERS.requireFit(chosen("lora.rank", "288", "lora.targets", "layer4.1.conv1"), network);
  }

  @Test
  void targetsThatSelectNothingAreNamed() {
    String message =
        assertThrows(
                InvalidInputException.class,
                () -> ADAPTERS.requireFit(chosen("lora.targets", "fc9"), network))
            .getMessage();
    assertTrue(message.startsWith("lora.targets=fc9: target_modules [fc9] selects no"), message);
  }

  private static Settings chosen(String... keysAndTexts) {
    Map<String, SettingText> chosen = new LinkedHashMap<>();
    for (int i = 0; i < keysAndTexts.length; i += 2) {
      chosen.put(keysAndTexts[i], new SettingText(keysAndTexts[i + 1], "--set"));
    }
    return Settings.resolve(ADAPTERS.settings(), chosen);
  }
}
