package dev.collapsar.cli;

import static org.bytedeco.pytorch.global.torch.ones;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.ArrayConversion;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.features.FeatureFile;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.ArraySamples;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.Loss;
import dev.collapsar.learn.evaluation.MomentsStream;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.network.architecture.Composed;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.layer.Layer;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.Linear;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.network.layer.Sequential;
import dev.collapsar.learn.prediction.Prediction;
import dev.collapsar.learn.prediction.Predictor;
import dev.collapsar.learn.recipe.Recipes;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.learn.weight.Reparametrization;
import dev.collapsar.learn.weight.Weight;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.CollapseReport;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.NearestMean;
import dev.collapsar.metric.OutOfDistribution;
import dev.collapsar.metric.WithinClass;
import dev.collapsar.random.Seed;
import dev.collapsar.report.CollapseFormat;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The code of README.md and docs/tour.md, which stands here or in the test of that name in spark,
 * word for word between "tour" and "end".
 */
class TourTest {
  private static final Path PROJECT = Path.of("..");

  @TempDir private Path directory;

  @Test
  void featuresInAFileAreMeasuredInThreeLines() throws IOException {
    Path file = directory.resolve("train.safetensors");
    SafeTensors.write(
        file,
        Map.of(
            "features", StoredTensor.of(new float[] {0, 0, 0, 2, 4, 0, 4, 2}, 4, 2),
            "labels", StoredTensor.of(new int[] {0, 0, 1, 1}, 4)),
        Map.of());
    Path npz = directory.resolve("train.npz");
    try (ArrayConversion conversion = ArrayConversion.open(List.of(file.toString()), npz)) {
      conversion.run(false, bytes -> {});
    }
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      measureFile(npz.toString());
    } finally {
      System.setOut(before);
    }
    // Two classes at distance 4, each with a deviation of 1 from its mean in the other direction.
    assertTrue(printed.toString(StandardCharsets.UTF_8).contains("nc1_quot"), printed::toString);
  }

  private static void measureFile(String path) {
    // tour with "train.npz" for path
    try (FeatureFile features = FeatureFile.open(path)) {
      CollapseReport report = Collapse.of(features, features.classes()).measure();
      System.out.print(CollapseFormat.TABLE.render(report));
    }
    // end
  }

  @Test
  void aMetricIsAValueOrTheReasonWhyItHasNone() {
    FeatureArray train =
        FeatureArray.of(
            new float[] {0, 0, 0, 1, 5, 0, 5, 1, 0, 5, 1, 5}, new int[] {0, 0, 1, 1, 2, 2}, 2);
    FeatureArray test = FeatureArray.of(new float[] {0, 0, 5, 0, 0, 5}, new int[] {0, 1, 2}, 2);
    Matrix weights = Matrix.of(3, 2, -1.0, -1.0, 1.0, 0.0, 0.0, 1.0);
    double[] bias = {3, 0, 0};
    // tour
    CollapseReport report =
        Collapse.of(train, 3).withWeights(weights).withBias(bias).withTest(test).measure();
    double agreement = report.value(NearestMean.NC4_AGREE);
    Measurement outside =
        Collapse.of(train, 3)
            .measure(Set.of(OutOfDistribution.NC5_OOD_DEV))
            .metrics()
            .get(OutOfDistribution.NC5_OOD_DEV);
    String why = ((Measurement.Undefined) outside).reason();
    // end
    assertEquals(1, agreement);
    assertTrue(why.contains("out-of-distribution"), why);
  }

  @Test
  void aMetricOfOnesOwnIsMeasuredBesideTheOthers() {
    FeatureArray train =
        FeatureArray.of(
            new float[] {0, 0, 0, 0, 6, 0, 6, 0, 0, 3, 0, 3}, new int[] {0, 0, 1, 1, 2, 2}, 2);
    // tour
    MetricInfo info =
        MetricInfo.of(
                "norms_ratio",
                "Longest over shortest",
                MetricInfo.Group.MEANS,
                "The longest centred class mean over the shortest.")
            .defined("max ||mc_k|| / min ||mc_k||", "[1, inf)")
            .falling("1");
    CollapseMetric ratio =
        CollapseMetric.ofGeometry(
            info,
            geometry -> {
              DoubleSummaryStatistics norms = Arrays.stream(geometry.norms()).summaryStatistics();
              return norms.getMax() / norms.getMin();
            });
    CollapseReport report = Collapse.of(train, 3).measure(Set.of(ratio, WithinClass.NC1_PINV));
    double value = report.value(ratio);
    // end
    // Means (0,0), (6,0), (0,3) around (2,1): squared norms 5, 17, 8.
    assertEquals(Math.sqrt(17 / 5.0), value, 1e-15);
    assertEquals(0, report.value(WithinClass.NC1_PINV));
  }

  @Test
  void aMetricOfOnesOwnIsUndefinedWhereItIsNotFinite() {
    MetricInfo info = MetricInfo.of("mine", "Mine", MetricInfo.Group.OTHER, "One over zero.");
    CollapseMetric mine = CollapseMetric.ofGeometry(info, geometry -> 1.0 / 0);
    FeatureArray train = FeatureArray.of(new float[] {0, 1}, new int[] {0, 1}, 1);
    Measurement found = Collapse.of(train, 2).measure(Set.of(mine)).metrics().get(mine);
    assertTrue(found instanceof Measurement.Undefined, found::toString);
  }

  @Test
  void momentsOfPartsMergeIntoThoseOfTheWhole() {
    // tour
    byte[] sent;
    try (ClassMomentsAccumulator there = new ClassMomentsAccumulator(3, 2)) {
      there.add(LabeledBatch.of(new float[] {0, 1, 2, 1}, new int[] {0, 1}, 0, 2, 2));
      sent = there.snapshot().toBytes();
    }
    ClassMoments all;
    try (ClassMomentsAccumulator here = new ClassMomentsAccumulator(3, 2)) {
      here.add(LabeledBatch.of(new float[] {4, 3, 2, 3}, new int[] {0, 2}, 0, 2, 2));
      here.merge(ClassMoments.fromBytes(sent));
      all = here.snapshot();
    }
    double[] meanOfClass0 = all.means().row(0);
    // end
    assertArrayEquals(new double[] {2, 2}, meanOfClass0);
  }

  @Test
  void anAdapterIsAttachedTrainedAloneAndWrittenForPeft() {
    // tour
    try (Network network = LayerNetwork.initialized(new Mlp(List.of(4, 8, 3)), new Seed(42))) {
      AdapterConfig config = AdapterConfig.of(new ModuleSelector.AllLinear(), 2, 16).build();
      Adapter adapter = Adapter.attach(network, "default", config, new Seed(42));
      long trained = network.weights().trainableCount();
      adapter.toFile().write(directory);
      // pause
      assertEquals(2 * (4 + 8) + 2 * (8 + 3), trained);
      // go on
    }
    AdapterFile file = AdapterFile.read(directory);
    // end
    assertEquals(Set.of("linear1", "linear2"), file.modules().keySet());
  }

  @Test
  void imagesArePredictedAsTheirBytesCome() throws IOException {
    Path network = directory.resolve("mlp.safetensors");
    try (Network mlp = LayerNetwork.initialized(new Mlp(List.of(64, 6, 2)), new Seed(1))) {
      mlp.describe(
          mlp.card().withInput(InputSpec.Image.unit(1, 8, 8)).withClasses(List.of("cat", "dog")));
      NetworkFile.write(network, mlp);
    }
    Path images = SmallImages.write(directory.resolve("images"));
    byte[] photo = Files.readAllBytes(images.resolve("test/a/20.png"));
    // tour
    try (Predictor predictor = Predictor.open(network)) {
      Prediction prediction = predictor.predict(photo);
      String type = prediction.type();
      double probability = prediction.probability();
      // pause
      assertTrue(List.of("cat", "dog").contains(type), type);
      assertTrue(probability >= 0.5);
      // go on
    }
    // end
  }

  // tour
  /** x * sigmoid(s x), where s is learned. */
  static final class Swish extends Layer {
    private final Weight slope = parameter("slope", ones(1));

    @Override
    protected Tensor forward(Tensor input) {
      return input.mul(input.mul(slope.effective()).sigmoid());
    }
  }

  // end

  @Test
  void aNetworkOfOnesOwnLayersIsTrainedAndAdaptedAsAnyOther() {
    ArraySamples points =
        new ArraySamples(
            "four points",
            new float[] {0, 0, 0, 1, 5, 0, 5, 1},
            InputSpec.Array.ofWidth(2),
            new int[] {0, 0, 1, 1},
            List.of("left", "right"));
    // tour
    NetworkSpec mine =
        new Composed(
            "mine",
            "head",
            () -> {
              Map<String, Layer> layers = new LinkedHashMap<>();
              layers.put("hidden", new Linear(2, 16));
              layers.put("swish", new Swish());
              layers.put("head", new Linear(16, 2));
              return Sequential.named(layers);
            });
    try (Network network = LayerNetwork.initialized(mine, new Seed(42));
        Trainer trainer = new Trainer(network, OptimizerSpec.Adam.withLearningRate(0.05))) {
      for (int epoch = 1; epoch <= 20; epoch++) {
        trainer.epoch(
            epoch, OrderedBatches.inOrder(points, 4, new Seed(42)), (samples, step) -> {});
      }
      double accuracy =
          Evaluation.of(network, OrderedBatches.inOrder(points, 4, new Seed(42)), evaluated -> {})
              .score()
              .accuracy();
      // pause
      assertEquals(1, accuracy);
      StoredTensor slope = network.weights().stored().get("swish.slope");
      assertTrue(!slope.equals(StoredTensor.of(new float[] {1}, 1)), "the slope was not trained");
      // go on
      Adapter.attach(
          network,
          "default",
          AdapterConfig.of(ModuleSelector.named("hidden"), 2, 2).build(),
          new Seed(42));
    }
    // end
  }

  @Test
  void aRunIsWatchedBySomethingOfOnesOwn() {
    List<String> lines = new ArrayList<>();
    Map<String, Long> steps = new LinkedHashMap<>();
    Map<String, SettingText> chosen = new LinkedHashMap<>();
    for (String key : List.of("base.samples", "adapt.samples", "test.samples")) {
      chosen.put(key, new SettingText("64", "the test"));
    }
    for (String key : List.of("base.epochs", "adapt.epochs")) {
      chosen.put(key, new SettingText("1", "the test"));
    }
    // tour
    Progress watching =
        new Progress() {
          @Override
          public void say(String line) {
            lines.add(line);
          }

          @Override
          public Bar bar(String task, long total) {
            return new Bar() {
              @Override
              public void advance(long done, String news) {
                steps.merge(task + " of " + total, done, Long::sum);
              }

              @Override
              public void close() {}
            };
          }
        };
    chosen.put("lora.rank", new SettingText("2", "my program"));
    RunOptions options = new RunOptions(chosen, directory.resolve("run"), null, 42, 1, "cpu", true);
    RunRecord record =
        RunEngine.prepare(Recipes.named("domain-shift"), options, watching, RunClock.system())
            .run();
    // end
    assertEquals(RunRecord.Status.COMPLETE, record.status());
    assertEquals(64, steps.get("base epoch 1/1 of 64"), steps::toString);
    assertTrue(
        lines.stream().anyMatch(line -> line.startsWith("lora-r2   epoch 1")), lines::toString);
  }

  @Test
  void aNetworkIsTrainedAndEvaluated() {
    // tour
    ArraySamples points =
        new ArraySamples(
            "four points",
            new float[] {0, 0, 0, 1, 5, 0, 5, 1},
            InputSpec.Array.ofWidth(2),
            new int[] {0, 0, 1, 1},
            List.of("left", "right"));
    Seed seed = new Seed(42);
    NetworkSpec spec = new Mlp(List.of(2, 16, 2));
    try (Network network = LayerNetwork.initialized(spec, seed);
        Trainer trainer = new Trainer(network, OptimizerSpec.Adam.withLearningRate(0.01))) {
      for (int epoch = 1; epoch <= 50; epoch++) {
        OrderedBatches shuffled = OrderedBatches.shuffled(points, 2, seed.under("epoch/" + epoch));
        trainer.epoch(epoch, shuffled, (samples, step) -> {});
      }
      Evaluation end =
          Evaluation.of(network, OrderedBatches.inOrder(points, 4, seed), evaluated -> {});
      double accuracy = end.score().accuracy();
      // end
      assertEquals(1, accuracy);
    }
  }

  @Test
  void whatPassesAtATapIsMeasuredAsItPasses() {
    ArraySamples points =
        new ArraySamples(
            "four points",
            new float[] {0, 0, 0, 1, 5, 0, 5, 1},
            InputSpec.Array.ofWidth(2),
            new int[] {0, 0, 1, 1},
            List.of("left", "right"));
    // tour
    TapPoint hidden = TapPoint.output("relu1");
    try (Network network = LayerNetwork.initialized(new Mlp(List.of(2, 16, 2)), new Seed(42));
        Workers workers = new Workers(1)) {
      MomentsStream moments = new MomentsStream(Map.of(hidden, 16), 2, workers);
      OrderedBatches pass = OrderedBatches.inOrder(points, 4, new Seed(42));
      Evaluation.listening(
          network, pass, Loss.CROSS_ENTROPY, List.of(hidden), moments, evaluated -> {});
      ClassMoments atHidden = moments.at(hidden);
      long samples = atHidden.count(0) + atHidden.count(1);
      // end
      assertEquals(4, samples);
    }
  }

  // tour
  final class Scaled implements Reparametrization {
    private final Tensor scale = TensorScope.result(() -> ones(1).set_requires_grad(true));

    @Override
    public Tensor apply(Tensor weight) {
      return weight.mul(scale);
    }

    @Override
    public Map<String, Tensor> parameters() {
      return Map.of("scale", scale);
    }

    @Override
    public void close() {
      TensorScope.free(scale);
    }
  }

  // end

  @Test
  void aReparametrizationOfYourOwnIsTrainedAlone() {
    // tour
    try (Network network = LayerNetwork.initialized(new Mlp(List.of(2, 16, 2)), new Seed(42))) {
      network.weights().setTrainable(false);
      network.head().weight().attach("scaled", new Scaled());
      network.weights().activate(List.of("scaled"));
      long trained = network.weights().trainableCount();
      // end
      assertEquals(1, trained);
    }
  }

  @Test
  void whatAScopeMadeIsGoneBehindIt() {
    // tour
    TorchRuntime.setThreads(2);
    long before = TensorScope.liveObjects();
    double sum =
        TensorScope.within(() -> ones(1000, 1000).mul(ones(1000, 1000)).sum().item_double());
    long left = TensorScope.liveObjects() - before;
    // end
    assertEquals(1e6, sum);
    assertEquals(0, left);
  }

  @Test
  void theDocumentsShowThisCode() throws IOException {
    String here =
        flat(Files.readString(Path.of("src/test/java/dev/collapsar/cli/TourTest.java")))
            + flat(
                Files.readString(
                    PROJECT.resolve("spark/src/test/java/dev/collapsar/spark/TourTest.java")));
    for (String document : List.of("README.md", "docs/tour.md")) {
      List<String> pieces = pieces(Files.readString(PROJECT.resolve(document)));
      assertTrue(!pieces.isEmpty(), document + " shows no Java");
      for (String piece : pieces) {
        String code =
            flat(piece)
                .replace("FeatureFile.open(\"train.npz\")", "FeatureFile.open(path)")
                .replace("parquet(\"train.parquet\")", "parquet(path)");
        assertTrue(here.contains(code), document + " shows code that is not tested: " + piece);
      }
    }
  }

  private static List<String> pieces(String markdown) {
    Matcher matcher = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(markdown);
    List<String> pieces = new ArrayList<>();
    while (matcher.find()) {
      pieces.add(matcher.group(1));
    }
    return pieces;
  }

  /** Without line breaks and indentation, and without what the test puts in between. */
  private static String flat(String code) {
    return code.replaceAll("(?s)// pause.*?// go on", "").replaceAll("\\s+", "");
  }
}
