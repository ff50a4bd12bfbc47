package dev.collapsar.learn.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdapterConfigTest {
  /** What PEFT 0.17 wrote, but for the fields that are newer; keys in Python's order. */
  private static final String EVERY_FIELD =
      """
      {
        "alora_invocation_tokens": null,
        "alpha_pattern": {
          "layer4.*": 32
        },
        "arrow_config": null,
        "auto_mapping": {
          "base_model_class": "ResNet",
          "parent_library": "torchvision.models.resnet"
        },
        "base_model_name_or_path": "r\\u00e9seau",
        "bias": "lora_only",
        "corda_config": null,
        "ensure_weight_tying": false,
        "eva_config": null,
        "exclude_modules": "layer1\\\\..*",
        "fan_in_fan_out": false,
        "inference_mode": true,
        "init_lora_weights": "gaussian",
        "kasa_config": null,
        "layer_replication": null,
        "layers_pattern": null,
        "layers_to_transform": null,
        "loftq_config": {},
        "lora_alpha": 16,
        "lora_bias": false,
        "lora_dropout": 0.05,
        "lora_ga_config": null,
        "megatron_config": null,
        "megatron_core": "megatron.core",
        "modules_to_save": [
          "bn1",
          "fc"
        ],
        "monteclora_config": null,
        "peft_type": "LORA",
        "peft_version": "0.17.1",
        "qalora_group_size": 16,
        "r": 8,
        "rank_pattern": {
          "^conv1": 2,
          "conv1": 4
        },
        "revision": null,
        "target_modules": [
          "conv1",
          "conv2"
        ],
        "target_parameters": null,
        "task_type": null,
        "trainable_token_indices": null,
        "use_bdlora": null,
        "use_dora": true,
        "use_qalora": false,
        "use_rslora": true,
        "velora_config": null
      }\
      """;

  @Test
  void aConfigurationOfEveryFieldIsReadAndWrittenBackByteForByte() {
    AdapterConfigReader.Read read = AdapterConfigReader.read(EVERY_FIELD, "a.json");
    assertEquals(List.of(), read.warnings());
    assertEquals(EVERY_FIELD, AdapterConfigWriter.write(read.config()));
  }

  @Test
  void everyFieldOfPeftIsWritten() {
    // 35 fields of LoraConfig less runtime_config, and the 7 of its base class.
    AdapterConfig plain = AdapterConfig.of(ModuleSelector.named("fc"), 4, 16).build();
    assertEquals(34 + 7, AdapterConfigWriter.fields(plain).size());
  }

  @Test
  void whatTheConfigurationSaysIsUnderstood() {
    AdapterConfig config = AdapterConfigReader.read(EVERY_FIELD, "a.json").config();
    assertTrue(config.dora());
    assertEquals(BiasMode.LORA_ONLY, config.bias());
    assertEquals(Initialization.GAUSSIAN, config.initialization());
    assertEquals("réseau", config.base().nameOrPath());
    assertTrue(config.adapts("layer2.0.conv1", Kind.CONV2D));
    assertFalse(config.adapts("layer1.0.conv1", Kind.CONV2D), "excluded");
    assertFalse(config.adapts("layer2.0.myconv1", Kind.CONV2D), "no suffix after a dot");
    assertFalse(config.adapts("fc", Kind.LINEAR), "saved in full");
    assertEquals(2, config.rank("conv1"), "^ anchors at the start");
    assertEquals(4, config.rank("layer2.0.conv1"), "else what follows a dot");
    assertEquals(8, config.rank("layer2.0.conv2"));
    assertEquals(32, config.alpha("layer4.0.conv2"));
    assertEquals(16 / Math.sqrt(4), config.scale("layer2.0.conv1"));
    assertEquals(32 / Math.sqrt(8), config.scale("layer4.0.conv2"));
  }

  @Test
  void theSmallestConfigurationThatPeftLoadsHasItsDefaults() {
    AdapterConfig config =
        AdapterConfigReader.read("{\"peft_type\":\"LORA\",\"target_modules\":[\"fc\"]}", "a.json")
            .config();
    assertEquals(AdapterConfig.of(ModuleSelector.named("fc"), 8, 8).build(), config);
    assertEquals(1, config.scale("fc"));
  }

  @Test
  void theFirstPatternThatMatchesCountsAndTheirOrderIsKept() {
    Map<String, Integer> ranks = new LinkedHashMap<>();
    ranks.put("layer2.*", 3);
    ranks.put("conv1", 5);
    AdapterConfig config =
        AdapterConfig.of(new ModuleSelector.AllLinear(), 8, 8).rankPattern(ranks).build();
    assertEquals(3, config.rank("layer2.0.conv1"));
    AdapterConfig again =
        AdapterConfigReader.read(AdapterConfigWriter.write(config), "a.json").config();
    assertEquals(3, again.rank("layer2.0.conv1"));
    assertEquals(config, again);
  }

  @Test
  void aPatternIsMatchedAgainstTheWholeNameOrWhatFollowsADot() {
    AdapterConfig config =
        AdapterConfig.of(new ModuleSelector.AllLinear(), 8, 8)
            .rankPattern(Map.of("^conv1|conv2", 3)) // re.match("(.*\\.)?(^conv1|conv2)$", name)
            .build();
    assertEquals(3, config.rank("conv1"));
    assertEquals(8, config.rank("layer1.0.conv1"));
    assertEquals(3, config.rank("layer1.0.conv2"));
    assertEquals(8, config.rank("layer1.0.myconv2"));
  }

  @Test
  void allLinearIsEveryLinearLayerAndNothingElse() {
    ModuleSelector all = ModuleSelector.matching("all-linear");
    assertTrue(all.selects("fc", Kind.LINEAR));
    assertFalse(all.selects("conv1", Kind.CONV2D));
  }

  @Test
  void modulesWhoseNamesEndOthersAreSelectedByAnExpression() {
    List<String> network = List.of("conv1", "layer1.0.conv1", "fc");
    assertEquals(ModuleSelector.named("fc"), ModuleSelector.of(List.of("fc"), network));
    ModuleSelector stem = ModuleSelector.of(List.of("fc", "conv1"), network);
    assertEquals(ModuleSelector.matching("conv1|fc"), stem);
    assertFalse(stem.selects("layer1.0.conv1", Kind.CONV2D));
    assertTrue(stem.selects("conv1", Kind.CONV2D));
  }

  @Test
  void textIsARegularExpressionForTheWholeName() {
    ModuleSelector pattern = ModuleSelector.matching("layer4\\.\\d\\.conv\\d");
    assertTrue(pattern.selects("layer4.1.conv2", Kind.CONV2D));
    assertFalse(pattern.selects("body.layer4.1.conv2", Kind.CONV2D));
  }

  @Test
  void whatIsOffIsOffHoweverItIsSpelled() {
    String json =
        """
{"peft_type": "LORA", "target_modules": ["fc"], "layers_to_transform": [], "layers_pattern": "",
 "rank_pattern": null, "alpha_pattern": null, "exclude_modules": null, "modules_to_save": [],
 "loftq_config": null, "use_bdlora": false, "megatron_config": {}, "init_lora_weights": null}\
""";
    AdapterConfigReader.Read read = AdapterConfigReader.read(json, "a.json");
    assertEquals(List.of(), read.warnings());
    assertEquals(AdapterConfig.of(ModuleSelector.named("fc"), 8, 8).build(), read.config());
  }

  @Test
  void unknownKeysAndThoseWithoutEffectAreWarnedOf() {
    String json =
        """
        {"peft_type": "LORA", "target_modules": ["fc"], "lora_magic": 3,
         "runtime_config": {"ephemeral_gpu_offload": false}, "loftq_config": {"bits": 4}}\
        """;
    assertEquals(
        List.of(
            "a.json: unknown key 'lora_magic' is ignored",
            "a.json: key 'loftq_config' has no effect on a trained adapter and is not kept"),
        AdapterConfigReader.read(json, "a.json").warnings());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'peft_type': 'IA3' | peft_type is \"IA3\", must be LORA",
        "'target_modules': null | target_modules is null, must be a list of names",
        "'r': 0 | the rank r must be at least 1, got 0",
        "'r': 2.5 | r is 2.5, must be an integer",
        "'r': 'eight' | r is \"eight\", must be an integer",
        "'lora_alpha': 'x' | lora_alpha is \"x\", must be a number",
        "'lora_dropout': 1.0 | dropout must be in [0, 1), got 1.0",
        "'bias': 'some' | bias is \"some\", must be none, all or lora_only",
        "'init_lora_weights': 'pissa' | init_lora_weights is \"pissa\", must be one that leaves",
        "'init_lora_weights': 'loftq' | init_lora_weights is \"loftq\", must be one that leaves",
        "'layers_to_transform': [1] | layers_to_transform is [1], must be null",
        "'layer_replication': [[0, 4]] | layer_replication is [[0,4]], must be null",
        "'use_qalora': true | use_qalora is true, must be null",
        "'target_parameters': ['w'] | target_parameters is [\"w\"], must be null",
        "'target_modules': '(' | '(' is no regular expression",
        "'rank_pattern': {'fc[': 2} | is no regular expression",
        "'rank_pattern': {'fc': 0} | the rank r must be at least 1, got 0",
        "'use_dora': true, 'lora_bias': true | DoRA and a bias on B exclude each other",
      })
  void whatCannotBeHonouredIsRefusedInOneLine(String fields, String message) {
    String json =
        "{\"peft_type\": \"LORA\", \"target_modules\": [\"fc\"], %s}"
            .formatted(fields.replace('\'', '"'));
    String said =
        assertThrows(InvalidInputException.class, () -> AdapterConfigReader.read(json, "a.json"))
            .getMessage();
    assertTrue(said.startsWith("a.json: ") && said.contains(message), said);
    assertEquals(1, said.lines().count());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"''", "[]", "{", "null"})
  void whatIsNoObjectIsRefused(String json) {
    assertThrows(InvalidInputException.class, () -> AdapterConfigReader.read(json, "a.json"));
  }
}
