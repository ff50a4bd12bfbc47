package dev.collapsar.learn.recipe.domainshift;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ArrayFile;
import dev.collapsar.data.StoredArray;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.dataset.Mnist;
import dev.collapsar.learn.dataset.TinyImages;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.recipe.Recipes;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.Watching;
import dev.collapsar.learn.settings.RecipeFile;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.random.Seed;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Row;
import dev.collapsar.run.RunRecord.Status;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real recipe on a few images. */
class DomainShiftTest {
  private static final Map<String, String> SMALL =
      Map.of(
          "base.samples", "300",
          "base.epochs", "2",
          "adapt.samples", "150",
          "adapt.epochs", "2",
          "test.samples", "200",
          "batch", "50",
          "lora.rank", "8,2");
  private static final int SEED = 42;
  private static final double SINGLE_PRECISION = 1e-5; // of mean losses of about 1

  @TempDir private static Path directory;
  private static RunRecord record;

  @BeforeAll
  static void run() {
    record = experiment(directory.resolve("first"), SMALL, SEED, null).run();
  }

  @Test
  void chanceStandsBesideTheCollapseAfterTheLastEpochAlone() {
    for (String variant : List.of("base", "full", "head", "lora-r8")) {
      for (String id : List.of("nc1_quot", "nc2_etf_err", "nc3_frobenius")) {
        List<Row> p = rows(variant, id + "_p");
        assertEquals(1, p.size(), variant + " " + id);
        assertEquals(2, p.get(0).epoch());
        assertEquals(1, rows(variant, id + "_null_median").size());
      }
      assertEquals(0.01, rows(variant, "nc1_quot_p").get(0).value(), "labels say something");
      assertTrue(rows(variant, "nc1_quot_z").get(0).value() < -3);
      assertEquals(10, record.classes().stream().filter(r -> r.variant().equals(variant)).count());
    }
  }

  @Test
  void numbersAreLessTheirNoiseWhereTheRowsAreASampleAlone() {
    double corrected = rows("base", "nc1_quot_corrected").get(0).value();
    assertTrue(corrected > rows("base", "nc1_quot").get(2).value(), "noise makes nc1_quot small");
    Row ofTraining = rows("full", "nc1_quot_corrected").get(0);
    assertEquals(
        "these are all of the network's training samples: the number itself is the value",
        ofTraining.note());
  }

  @Test
  void whatAdaptingDidStandsBesideChanceForEachVariantButTheBase() {
    for (String variant : List.of("full", "head", "lora-r8")) {
      double cosine = rows(variant, "align_class_cos").get(0).value();
      assertTrue(Math.abs(cosine) <= 1, variant + " " + cosine);
      double low = rows(variant, "align_class_cos_null_low").get(0).value();
      assertTrue(low < rows(variant, "align_class_cos_null_high").get(0).value(), variant);
      assertTrue(
          rows(variant, "intruders").get(0).note().contains("follows the update's size"), variant);
      double span = rows(variant, "align_span_energy").get(0).value();
      assertTrue(span <= rows(variant, "align_span_energy_best").get(0).value(), variant);
      assertTrue(
          span > rows(variant, "align_span_energy_null_closed_form").get(0).value(), variant);
    }
    assertEquals(1, rows("head", "cka_before").get(0).value(), 1e-9, "it is frozen");
    assertTrue(rows("full", "cka_before").get(0).value() < 0.9999);
    assertEquals(1, rows("lora-r8", "align_span_energy_from_start").size());
    assertEquals(List.of(), rows("head", "align_span_energy_from_start"));
    assertEquals(List.of(), rows("base", "align_class_cos"));
    assertTrue(Files.exists(directory.resolve("first/draws/lora-r8-retrained-heads.npz")));
  }

  @Test
  void linearReadersAreTriedOnTheShiftedTestImages() {
    double probe = rows("base", "probe_accuracy").get(0).value();
    assertTrue(rows("base", "probe_accuracy_low").get(0).value() < probe);
    double shifted = rows("base", "accuracy_shifted").get(2).value();
    assertTrue(probe > shifted, "fitted to shifted images, which its own head never saw");
    assertEquals(1, rows("base", "nearest_mean_accuracy").size());
  }

  @Test
  void accuraciesAreComparedWithTheBaseSampleBySample() throws IOException {
    double change = rows("full", "accuracy_test_change").get(0).value();
    double base = rows("base", "accuracy_test").get(2).value();
    double full = rows("full", "accuracy_test").get(2).value();
    assertEquals(full - base, change, 1e-12);
    double gained = rows("full", "accuracy_test_gained").get(0).value();
    assertEquals(change, gained - rows("full", "accuracy_test_forgotten").get(0).value(), 1e-12);
    assertTrue(rows("full", "accuracy_test_low").get(0).value() < full);
    assertEquals(List.of(), rows("base", "accuracy_test_change"));
    Path file = directory.resolve("first/predictions/full.npz");
    try (ArrayFile kept = ArrayFile.open(file.toString())) {
      assertEquals(
          List.of(
              "accuracy_test_correct",
              "accuracy_test_predicted",
              "accuracy_test_label",
              "accuracy_shifted_correct",
              "accuracy_shifted_predicted",
              "accuracy_shifted_label"),
          kept.arrays().stream().map(StoredArray::name).toList());
    }
  }

  /** Without what stands beside numbers at the end alone. */
  private static List<Row> measurements() {
    Set<String> throughout = new TreeSet<>();
    record.measurements().stream()
        .filter(row -> row.epoch() == 0)
        .forEach(row -> throughout.add(row.metric()));
    return record.measurements().stream().filter(row -> throughout.contains(row.metric())).toList();
  }

  private static List<Row> rows(String variant, String metric) {
    return record.measurements().stream()
        .filter(row -> row.variant().equals(variant) && row.metric().equals(metric))
        .toList();
  }

  @Test
  void theRunDirectoryIsComplete() throws IOException {
    Path run = directory.resolve("first");
    try (Stream<Path> all = Files.walk(run)) {
      assertEquals(
          List.of(
              "adapters/lora-r2/adapter_config.json",
              "adapters/lora-r2/adapter_model.safetensors",
              "adapters/lora-r8/adapter_config.json",
              "adapters/lora-r8/adapter_model.safetensors",
              "classes.csv",
              "conditions.json",
              "draws/base-permuted-labels.npz",
              "draws/full-permuted-labels.npz",
              "draws/full-retrained-heads.npz",
              "draws/head-permuted-labels.npz",
              "draws/head-retrained-heads.npz",
              "draws/lora-r2-permuted-labels.npz",
              "draws/lora-r2-retrained-heads.npz",
              "draws/lora-r8-permuted-labels.npz",
              "draws/lora-r8-retrained-heads.npz",
              "metrics.csv",
              "moments/full.moments",
              "moments/head.moments",
              "moments/lora-r2.moments",
              "moments/lora-r8.moments",
              "networks/base.safetensors",
              "networks/full.safetensors",
              "networks/head.safetensors",
              "predictions/base.npz",
              "predictions/full.npz",
              "predictions/head.npz",
              "predictions/lora-r2.npz",
              "predictions/lora-r8.npz",
              "recipe.yaml",
              "record.json",
              "report.html"),
          all.filter(Files::isRegularFile)
              .map(file -> run.relativize(file).toString())
              .sorted()
              .toList());
    }
    assertEquals(Status.COMPLETE, record.status());
    assertEquals(
        List.of("base-train", "target-train", "test"),
        record.data().stream().map(RunRecord.DataSet::role).toList());
    assertEquals(List.of(300L, 150L, 200L), record.data().stream().map(d -> d.samples()).toList());
    assertEquals(2, record.data().get(0).sha256().size());
    assertEquals(16, record.samples().size());
    assertEquals(10, record.classifications().size(), "two test sets of five variants");
    Set<String> taking = new TreeSet<>();
    Recipes.named("domain-shift").settings().forEach(setting -> taking.add(setting.key()));
    // What is of a ResNet-18, a file or momentum takes no part with a small CNN and Adam, and a
    // seed of adaptation only where one was chosen.
    taking.removeIf(
        key ->
            key.matches(
                "network\\.(width|growth|stem|head|output|train)|.*\\.momentum|adapt.seed"));
    assertEquals(taking, new TreeSet<>(record.settings().keySet()));
    assertEquals(15, record.epochs().size());
  }

  @Test
  void variantsTrainWhatTheyShould() {
    Map<String, List<Long>> counts = new LinkedHashMap<>();
    Map<String, String> adapters = new LinkedHashMap<>();
    for (RunRecord.Variant variant : record.variants()) {
      counts.put(variant.name(), List.of(variant.trainable(), variant.parameters()));
      adapters.put(variant.name(), variant.adapter());
    }
    assertEquals(
        Map.of(
            "base", List.of(421_642L, 421_642L),
            "full", List.of(421_642L, 421_642L),
            "head", List.of(1_290L, 421_642L),
            "lora-r8", List.of(27_216L, 448_858L),
            "lora-r2", List.of(6_804L, 428_446L)),
        counts);
    assertEquals("adapters/lora-r8", adapters.get("lora-r8"));
    assertEquals(null, adapters.get("head"));
    assertEquals(
        List.of("classifier.3.weight", "classifier.3.bias"),
        record.variants().get(2).trainableTensors());
  }

  @Test
  void everyEpochHasEveryMetric() {
    List<String> expected =
        List.of(
            "loss_train",
            "accuracy_train",
            "loss_test",
            "accuracy_test",
            "accuracy_shifted",
            "nc1_pinv",
            "nc1_quot",
            "nc1_cdnv",
            "nc2_etf_err",
            "nc2_norm_cov_means",
            "nc2_norm_cov_weights",
            "nc2_coherence_means",
            "nc2_coherence_weights",
            "nc3_dual_err",
            "nc3_frobenius",
            "nc4_agree");
    for (RunRecord.Epoch epoch : record.epochs()) {
      assertEquals(
          expected,
          measurements().stream()
              .filter(
                  r ->
                      r.variant().equals(epoch.variant())
                          && r.epoch() == epoch.epoch()
                          && r.stage().equals(epoch.stage()))
              .map(Row::metric)
              .toList());
    }
    assertEquals(expected.size() * 15, measurements().size());
    assertTrue(
        measurements().stream()
            .allMatch(r -> r.value() != null || r.epoch() == 0 && r.metric().endsWith("_train")),
        "something is undefined that should not be");
  }

  @Test
  void everyVariantBeginsWhereTheBaseEnded() {
    for (String variant : List.of("full", "head", "lora-r8", "lora-r2")) {
      for (Row end : rows("base", 2)) {
        if (measurements().contains(end) && !end.metric().endsWith("_train")) {
          Row begin = row(variant, 0, end.metric());
          assertEquals(end.value(), begin.value(), variant + " " + end.metric());
        }
      }
    }
  }

  @Test
  void theHeadAloneCannotMoveTheRepresentation() {
    for (String metric : List.of("nc1_pinv", "nc1_quot", "nc1_cdnv", "nc2_etf_err")) {
      for (int epoch = 1; epoch <= 2; epoch++) {
        assertEquals(row("head", 0, metric).value(), row("head", epoch, metric).value(), metric);
        assertNotEquals(row("full", 0, metric).value(), row("full", epoch, metric).value());
        assertNotEquals(row("lora-r8", 0, metric).value(), row("lora-r8", epoch, metric).value());
      }
    }
    for (String metric : List.of("nc2_norm_cov_weights", "nc3_dual_err")) {
      assertNotEquals(row("head", 0, metric).value(), row("head", 2, metric).value(), metric);
      assertNotEquals(row("lora-r8", 0, metric).value(), row("lora-r8", 2, metric).value());
    }
  }

  @Test
  void recipeYamlRunsToTheSameBytes() throws IOException {
    RecipeFile file = RecipeFile.read(directory.resolve("first/recipe.yaml"));
    assertEquals(SEED, file.seed().orElseThrow());
    RunOptions options =
        new RunOptions(file.chosen(), directory.resolve("again"), null, SEED, 2, "cpu", false);
    RunRecord again =
        RunEngine.prepare(
                Recipes.named(file.recipe()), options, new Watching(() -> {}), RunClock.system())
            .run();
    assertEquals(record.settings(), again.settings());
    for (String same :
        List.of(
            "recipe.yaml",
            "metrics.csv",
            "adapters/lora-r8/adapter_config.json",
            "adapters/lora-r8/adapter_model.safetensors")) {
      assertEquals(
          -1,
          Files.mismatch(
              directory.resolve("first").resolve(same), directory.resolve("again").resolve(same)),
          same);
    }
  }

  @Test
  void anotherSeedGivesOtherNumbers() {
    RunRecord other = experiment(directory.resolve("other"), SMALL, 43, null).run();
    for (String variant : List.of("base", "full", "head", "lora-r8")) {
      assertNotEquals(rows(record, variant, 2), rows(other, variant, 2), variant);
    }
  }

  @Test
  void aVariantMoreDoesNotDisturbTheOthers() {
    Map<String, String> one = new LinkedHashMap<>(SMALL);
    one.put("lora.rank", "2");
    RunRecord alone = experiment(directory.resolve("alone"), one, SEED, null).run();
    for (String variant : List.of("base", "full", "head", "lora-r2")) {
      assertEquals(
          rows(record, variant, 2), rows(alone, variant, 2), variant + " saw that lora-r8 ran");
    }
  }

  /**
   * The base that the recipe trains, plus scale * B A from the file and nothing else, gives the
   * recorded numbers: so the file is what was trained, and nothing else moved.
   */
  @Test
  void theAdapterOnDiskOnTheUntouchedBaseGivesTheRecordedNumbers() {
    Seed seed = new Seed(SEED);
    ImageSet test = Mnist.TEST.load(null).sample(200, seed.random("subset/test"));
    ImageSet clean = Mnist.TRAIN.load(null).sample(300, seed.random("subset/base"));
    OrderedBatches cleanTest = OrderedBatches.inOrder(test, 500, seed.under("test/clean"));
    try (Network base = LayerNetwork.initialized(new SmallCnn(1, 28, 10), seed);
        Trainer trainer = new Trainer(base, OptimizerSpec.Adam.withLearningRate(1e-3))) {
      for (int epoch = 1; epoch <= 2; epoch++) {
        Seed chance = seed.under("pretrain/" + epoch);
        trainer.epoch(epoch, OrderedBatches.shuffled(clean, 50, chance), (samples, loss) -> {});
      }
      assertRecorded("base", Evaluation.of(base, cleanTest, n -> {}));

      AdapterFile adapter = AdapterFile.read(directory.resolve("first/adapters/lora-r8"));
      assertEquals(
          List.of("classifier.1", "classifier.3"), List.copyOf(adapter.modules().keySet()));
      adapter.modules().forEach((layer, factors) -> add(base, layer, factors, 16.0 / 8));
      assertRecorded("lora-r8", Evaluation.of(base, cleanTest, n -> {}));
    }
  }

  @Test
  void anInterruptedRunKeepsWhatItHad() {
    AtomicInteger steps = new AtomicInteger();
    AtomicReference<RunEngine> running = new AtomicReference<>();
    Path out = directory.resolve("interrupted");
    Watching watching =
        new Watching(
            () -> {
              RunDirectory run = RunDirectory.open(out);
              if (run.hasRecord() && run.record().epochs().size() == 2) {
                steps.incrementAndGet();
                running.get().stop();
              }
            });
    running.set(
        RunEngine.prepare(
            Recipes.named("domain-shift"),
            options(out, SMALL, SEED, null),
            watching,
            RunClock.system()));

    RunRecord stopped = running.get().run();

    assertEquals(1, steps.get(), "it trained on");
    assertEquals(Status.INTERRUPTED, stopped.status());
    assertEquals(2, stopped.epochs().size());
    assertEquals(
        record.measurements().subList(0, stopped.measurements().size()), stopped.measurements());
    assertEquals(Status.INTERRUPTED, RunDirectory.open(out).record().status());
    assertTrue(Files.exists(out.resolve("report.html")));
  }

  @Test
  void itsRecordIsAsThePublishedSchemaSays() throws IOException {
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(Files.readString(Path.of("../docs/record.schema.json")), InputFormat.JSON);
    String written = Files.readString(directory.resolve("first/record.json"));
    assertEquals(List.of(), schema.validate(written, InputFormat.JSON));
  }

  @Test
  void dataThatDoNotFitAreRefusedAndNothingIsLeft() throws IOException {
    Path data = Files.createDirectory(directory.resolve("data"));
    Map<String, String> refusals = new LinkedHashMap<>();
    idx(data, "train", 20, 28, 28, 10);
    idx(data, "t10k", 20, 27, 28, 10);
    refusals.put(
        "training images are 28x28 and test images 27x28; they must have one size", refusal(data));
    idx(data, "train", 20, 27, 28, 10);
    String needed = "network=small-cnn: images are %s, it needs square ones of at least 4x4";
    assertEquals(needed.formatted("27x28") + "; data.size=27 makes them so", refusal(data));
    idx(data, "train", 20, 3, 3, 10);
    idx(data, "t10k", 20, 3, 3, 10);
    assertEquals(needed.formatted("3x3") + "; data.size=4 makes them so", refusal(data));
    idx(data, "train", 20, 8, 8, 10);
    idx(data, "t10k", 20, 8, 8, 12);
    refusals.put("test labels go up to 11 and training labels up to 9", refusal(data));
    refusals.forEach(
        (expected, found) -> assertEquals("--data-dir %s: %s".formatted(data, expected), found));
  }

  @Test
  void imagesThatAreNoSquareBecomeOne() throws IOException {
    Map<String, String> settings = new LinkedHashMap<>(SMALL);
    settings.put(
        "data", TinyImages.folder(directory.resolve("oblong"), TinyImages.files()).toString());
    RunRecord record = experiment(directory.resolve("oblong-run"), settings, SEED, null).run();
    assertEquals(Status.COMPLETE, record.status());
    assertTrue(
        record.notes().stream().anyMatch(note -> note.contains("4x4 cut from the centre")),
        record.notes().toString());
  }

  @Test
  void otherSizesAndMoreClassesInTrainingThanInTestAreFine() throws IOException {
    Path data = Files.createDirectory(directory.resolve("letters"));
    idx(data, "train", 120, 10, 10, 12);
    idx(data, "t10k", 60, 10, 10, 11);
    RunRecord letters = experiment(directory.resolve("letters-run"), SMALL, SEED, data).run();
    assertEquals(Status.COMPLETE, letters.status());
    assertEquals(12, letters.classifications().get(0).classes().size());
    assertEquals("letters/train", letters.data().get(0).name());
  }

  private static RunEngine experiment(
      Path out, Map<String, String> settings, long seed, Path data) {
    return RunEngine.prepare(
        Recipes.named("domain-shift"),
        options(out, settings, seed, data),
        new Watching(() -> {}),
        RunClock.system());
  }

  private static RunOptions options(Path out, Map<String, String> settings, long seed, Path data) {
    Map<String, SettingText> chosen = new LinkedHashMap<>();
    settings.forEach((key, text) -> chosen.put(key, new SettingText(text, "--set")));
    return new RunOptions(chosen, out, data, seed, 2, "cpu", false);
  }

  private String refusal(Path data) {
    Path out = directory.resolve("refused");
    RunEngine experiment = experiment(out, SMALL, SEED, data);
    String message = assertThrows(InvalidInputException.class, experiment::run).getMessage();
    assertFalse(Files.exists(out));
    return message;
  }

  private static void idx(Path data, String prefix, int count, int height, int width, int classes)
      throws IOException {
    ByteArrayOutputStream images = new ByteArrayOutputStream();
    DataOutputStream header = new DataOutputStream(images);
    for (int word : new int[] {0x803, count, height, width}) {
      header.writeInt(word);
    }
    for (int i = 0; i < count * height * width; i++) {
      header.writeByte(i * 37);
    }
    Files.write(data.resolve(prefix + "-images-idx3-ubyte"), images.toByteArray());
    ByteArrayOutputStream labels = new ByteArrayOutputStream();
    header = new DataOutputStream(labels);
    header.writeInt(0x801);
    header.writeInt(count);
    for (int i = 0; i < count; i++) {
      header.writeByte(i % classes);
    }
    Files.write(data.resolve(prefix + "-labels-idx1-ubyte"), labels.toByteArray());
  }

  private static void add(Network network, String layer, LoraFactors factors, double scale) {
    TensorScope.runWithoutGradients(
        () -> {
          Tensor a = TensorBridge.tensor(factors.a()); // (r,in)
          Tensor b = TensorBridge.tensor(factors.b()); // (out,r)
          network
              .weights()
              .parameters()
              .get(layer + ".weight")
              .add_(b.mm(a), TensorBridge.scalar(scale));
        });
  }

  private static void assertRecorded(String variant, Evaluation evaluation) {
    assertEquals(
        row(variant, 2, "loss_test").value(), evaluation.score().loss(), SINGLE_PRECISION, variant);
    assertEquals(row(variant, 2, "accuracy_test").value(), evaluation.score().accuracy());
  }

  private static List<Row> rows(String variant, int epoch) {
    return rows(record, variant, epoch);
  }

  private static List<Row> rows(RunRecord of, String variant, int epoch) {
    return of.measurements().stream()
        .filter(r -> r.variant().equals(variant) && r.epoch() == epoch)
        .toList();
  }

  private static Row row(String variant, int epoch, String metric) {
    return rows(variant, epoch).stream()
        .filter(r -> r.metric().equals(metric))
        .findFirst()
        .orElseThrow();
  }
}
