package dev.collapsar.learn.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.Watching;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Row;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The real recipes on a few images, measured at places that their user chose. */
class TapSettingsTest {
  private static final Map<String, String> SMALL_SWEEP =
      Map.of(
          "network.width", "4",
          "samples", "100",
          "test.samples", "60",
          "base.epochs", "1",
          "adapt.epochs", "1",
          "lora.rank", "1",
          "null.draws", "5",
          "null.shuffles", "5");

  @TempDir private Path directory;

  /** A recipe, what makes it small, a layer of its network, the variants that are measured. */
  static Stream<Arguments> recipes() {
    return Stream.of(
        Arguments.of(
            "domain-shift",
            Map.of(
                "base.samples", "60",
                "base.epochs", "1",
                "adapt.samples", "60",
                "adapt.epochs", "1",
                "test.samples", "60"),
            "features.2",
            List.of("base", "full", "head", "lora-r8")),
        Arguments.of("lora-ranks", SMALL_SWEEP, "layer1", List.of("head", "lora-r1", "full")),
        Arguments.of(
            "digit-nine",
            Map.of(
                "base.samples", "100",
                "test.samples", "60",
                "adapt.steps", "2",
                "adapt.every", "1"),
            "relu1",
            List.of("base", "lora-r1")),
        Arguments.of(
            "feedback-null",
            Map.of(
                "network", "mlp",
                "samples", "100",
                "epochs", "1",
                "test.samples", "60",
                "probe.samples", "20",
                "null.draws", "5",
                "null.networks", "2"),
            "relu1",
            List.of("bp", "dfa", "dfa-penalised")));
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void everyVariantIsMeasuredAtEveryTapAndTheClassifierAtTheRepresentationAlone(
      String recipe, Map<String, String> small, String layer, List<String> variants) {
    Map<String, String> chosen = new LinkedHashMap<>(small);
    chosen.put("taps", layer + ",representation");
    RunRecord record = run(recipe, chosen);
    Set<String> places = new TreeSet<>();
    variants.forEach(variant -> places.add(variant + " 1 " + layer));
    variants.forEach(variant -> places.add(variant + " 1 representation"));
    assertEquals(places, places(record, "nc1_quot"));
    places.removeIf(place -> !place.endsWith("representation"));
    assertEquals(places, places(record, "nc4_agree"));
  }

  /** Variant, epoch and layer of the numbers of this metric at the taps, after an epoch. */
  private static Set<String> places(RunRecord record, String metric) {
    return record.measurements().stream()
        .filter(row -> row.metric().equals(metric) && !row.layer().isEmpty() && row.epoch() == 1)
        .filter(row -> row.value() != null)
        .map(row -> row.variant() + " 1 " + row.layer())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void whatIsFrozenKeepsItsGeometryAndWhatIsTrainedDoesNot() {
    Map<String, String> small = new LinkedHashMap<>(SMALL_SWEEP);
    small.put("taps", "layer2");
    List<Row> rows =
        run("lora-ranks", small).measurements().stream()
            .filter(row -> row.layer().equals("layer2") && row.metric().equals("nc1_quot"))
            .filter(row -> row.stage().equals("adapt"))
            .toList();
    Map<String, Set<Double>> values =
        rows.stream()
            .collect(
                Collectors.groupingBy(
                    Row::variant, Collectors.mapping(Row::value, Collectors.toSet())));
    assertEquals(Set.of("head", "lora-r1", "full"), values.keySet());
    assertEquals(1, values.get("head").size());
    assertEquals(values.get("head"), values.get("lora-r1"));
    assertEquals(2, values.get("full").size());
    assertTrue(values.get("full").containsAll(values.get("head")), "all begin at the base");
  }

  @Test
  void aTapThatTheNetworkDoesNotHaveIsRefusedWithTheTapsItHas() {
    Map<String, String> wrong = Map.of("taps", "stage1", "network", "mlp");
    String message =
        assertThrows(InvalidInputException.class, () -> run("collapse", wrong)).getMessage();
    assertEquals(
        "taps=stage1: mlp has no such tap; its taps are flatten (784), linear1 (1000), relu1"
            + " (1000), linear2 (2000), relu2 (2000), linear3 (10), representation (2000)",
        message);
  }

  private RunRecord run(String recipe, Map<String, String> chosen) {
    Map<String, SettingText> settings = new LinkedHashMap<>();
    chosen.forEach((key, text) -> settings.put(key, new SettingText(text, "--set")));
    RunOptions options =
        new RunOptions(settings, directory.resolve(recipe), null, 42, 2, "cpu", false);
    return RunEngine.prepare(
            Recipes.named(recipe), options, new Watching(() -> {}), RunClock.system())
        .run();
  }
}
