package dev.collapsar.learn.recipe.domainshift;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.Normalized;
import dev.collapsar.learn.images.Shift;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.variant.RunImages;
import dev.collapsar.learn.variant.SampleGrid;
import dev.collapsar.learn.variant.TestSet;
import dev.collapsar.learn.variant.VariantTrainer;
import dev.collapsar.metric.MetricInfo.Samples;
import dev.collapsar.random.Seed;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The images that take part, clean and shifted.
 *
 * @param entering the clean ones, as the user wants them to enter
 * @param pixels what the network expects
 */
record ShiftedImages(
    RunImages.Entering entering,
    ImageSet clean,
    ImageSet target,
    ImageSet test,
    Shift shift,
    InputSpec.Image pixels) {
  private static final int MEASURING_BATCH = 100;
  private static final int SAMPLES_SHOWN = 8;

  static ShiftedImages of(RunContext run) {
    RunImages chosen =
        new RunImages(run, DomainShiftSettings.DATA)
            .squared(DomainShiftSettings.NETWORK.takesSquares(run.settings()));
    ImageData data = chosen.load();
    ImageSet train = data.train();
    ImageSet test = chosen.sample(data.test(), DomainShiftSettings.SAMPLES.test(), "subset/test");
    ImageSet clean = chosen.sample(train, DomainShiftSettings.SAMPLES.samples(), "subset/base");
    ImageSet target = chosen.sample(train, DomainShiftSettings.SAMPLES.adapt(), "subset/target");
    run.useData("base-train", clean);
    run.useData("target-train", target);
    run.useData("test", test);
    Shift shift =
        new Shift(run.get(DomainShiftSettings.DEGREES), run.get(DomainShiftSettings.NOISE));
    return new ShiftedImages(
        chosen.entering(data, clean), clean, target, test, shift, clean.input());
  }

  /** The same for a network that expects such an input. */
  ShiftedImages entering(InputSpec.Image input) {
    return new ShiftedImages(entering, clean, target, test, shift, input);
  }

  void show(RunContext run) {
    SampleGrid.row("base", cleanTest(run), SAMPLES_SHOWN).forEach(run::addSample);
    SampleGrid.row("shifted", shiftedTest(run), SAMPLES_SHOWN).forEach(run::addSample);
    run.note(
        "Collapse metrics are of the representation of the target training images, under one"
            + " fixed draw of the shift; accuracy_shifted is on the same test images as"
            + " accuracy_test, likewise under one fixed draw.");
  }

  VariantTrainer scoring(RunContext run) {
    return new VariantTrainer(
        run,
        List.of(
            new TestSet("clean test", LearnMetrics.ACCURACY_TEST, cleanTest(run)),
            new TestSet(
                Samples.SHIFTED_TEST.set(), LearnMetrics.ACCURACY_SHIFTED, shiftedTest(run))));
  }

  OrderedBatches cleanTest(RunContext run) {
    return measuring(test, Normalized.entering(pixels), run.seed().under("test/clean"));
  }

  OrderedBatches shiftedTest(RunContext run) {
    return measuring(test, shift.entering(pixels), run.seed().under("test/shifted"));
  }

  OrderedBatches measured(RunContext run) {
    return measuring(target, shift.entering(pixels), run.seed().under("target/measured"));
  }

  IntFunction<OrderedBatches> cleanEpochs(RunContext run) {
    return epochs(run, clean, Normalized.entering(pixels), run.seed(), "pretrain/");
  }

  IntFunction<OrderedBatches> shiftedEpochs(RunContext run) {
    return epochs(run, target, shift.entering(pixels), run.adaptSeed(), "adapt/");
  }

  private static IntFunction<OrderedBatches> epochs(
      RunContext run, ImageSet images, ImageTransform transform, Seed seed, String stream) {
    int batch = DomainShiftSettings.SAMPLES.batch(run.settings());
    return epoch ->
        OrderedBatches.shuffled(images.with(transform), batch, seed.under(stream + epoch));
  }

  private static OrderedBatches measuring(ImageSet images, ImageTransform transform, Seed seed) {
    return OrderedBatches.inOrder(images.with(transform), MEASURING_BATCH, seed);
  }
}
