package dev.collapsar.learn.recipe.finetune;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.Normalized;
import dev.collapsar.learn.images.SplitTable.Part;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.variant.RunImages;
import dev.collapsar.learn.variant.SampleGrid;
import dev.collapsar.learn.variant.TestSet;
import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

/**
 * The images of a fine-tuning, as they enter its network.
 *
 * @param train as they are measured
 * @param learned the same images as they are learned
 * @param validation that chooses an epoch
 * @param test that is reported
 * @param outside images of another distribution, or null
 * @param testFiles of the test images, in their order; empty if they are no files of their own
 */
record FineTuneSets(
    RunContext run,
    ImageSet train,
    ImageSet learned,
    OrderedBatches measured,
    OrderedBatches validation,
    OrderedBatches test,
    OrderedBatches outside,
    List<String> testFiles) {
  private static final int MEASURING_BATCH = 64;
  private static final int SAMPLES_SHOWN = 8;
  private static final double HELD_OUT = 0.15;

  /**
   * The images that take part, as they are stored.
   *
   * @param outside null without any
   */
  record Chosen(
      ImageData data, ImageSet train, ImageSet validation, ImageSet test, ImageSet outside) {
    /** The user's choice of images, of which so many as were asked for. */
    static Chosen of(RunContext run, RunImages images, ImageData data) {
      ImageSet all = limited(run, data.train(), run.get(FineTuneSettings.SAMPLES), "subset/train");
      int held = data.validation().isPresent() ? 0 : (int) Math.ceil(HELD_OUT * all.count());
      int[] order = Permutation.of(all.count(), run.seed().random("validation"));
      ImageSet train = held == 0 ? all : all.subset(Arrays.copyOfRange(order, held, all.count()));
      ImageSet validation =
          data.validation().orElseGet(() -> all.subset(Arrays.copyOf(order, held)));
      if (held > 0) {
        run.note(
            ("%s of the %s training images are learned by no variant and choose the"
                    + " epoch: the data have no validation images.")
                .formatted(held, all.count()));
      }
      images.requireOfEachClass(train, FineTuneSettings.SAMPLES, 1);
      ImageSet test = limited(run, data.test(), run.get(FineTuneSettings.TESTS), "subset/test");
      return new Chosen(
          data,
          train,
          validation,
          test,
          images.outside(FineTuneSettings.OUTSIDE, train).orElse(null));
    }

    private static ImageSet limited(RunContext run, ImageSet images, int most, String stream) {
      return most == 0 ? images : images.sample(most, run.seed().random(stream));
    }

    /** All of them as a network expects them. */
    FineTuneSets entering(RunContext run, InputSpec.Image input) {
      run.useData("train", train);
      run.useData("validation", validation);
      run.useData("test", test);
      ImageTransform still = Normalized.entering(input);
      ImageTransform moving = FineTuneSettings.AUGMENT.of(run.settings(), input);
      if (outside != null) {
        run.useData("ood", outside);
      }
      Seed seed = run.seed();
      return new FineTuneSets(
          run,
          train.with(still),
          train.with(moving),
          pass(train.with(still), seed.under("measured/train")),
          pass(validation.with(still), seed.under("measured/validation")),
          pass(test.with(still), seed.under("measured/test")),
          outside == null ? null : pass(outside.with(still), seed.under("measured/ood")),
          run.get(FineTuneSettings.TESTS) == 0 ? data.split().files(Part.TEST) : List.of());
    }
  }

  static OrderedBatches pass(ImageSet images, Seed seed) {
    return OrderedBatches.inOrder(images, MEASURING_BATCH, seed);
  }

  List<Long> shape() {
    return train.shape();
  }

  int[] labels() {
    return train.labels();
  }

  List<TestSet> tests() {
    return List.of(
        new TestSet("test", LearnMetrics.ACCURACY_TEST, test),
        new TestSet("validation", LearnMetrics.ACCURACY_VALIDATION, validation));
  }

  /** A few images as they are learned. */
  void show() {
    SampleGrid.row("training", epochs().apply(1), SAMPLES_SHOWN).forEach(run::addSample);
  }

  /** What each epoch sees, the same for every variant. */
  IntFunction<OrderedBatches> epochs() {
    int batch = run.get(FineTuneSettings.BATCH);
    boolean balanced = run.get(FineTuneSettings.BALANCE).equals("sampling");
    return epoch -> {
      Seed seed = run.adaptSeed().under("fine-tune/" + epoch);
      return balanced
          ? new OrderedBatches(learned, batch, balanced(seed.random("order")), seed)
          : OrderedBatches.shuffled(learned, batch, seed);
    };
  }

  /** As many rows as there are images, of every class alike, drawn with replacement. */
  private int[] balanced(SplittableRandom random) {
    List<List<Integer>> byClass = new ArrayList<>();
    train.classes().forEach(type -> byClass.add(new ArrayList<>()));
    for (int row = 0; row < train.count(); row++) {
      byClass.get(train.labels()[row]).add(row);
    }
    int[] order = new int[train.count()];
    for (int i = 0; i < order.length; i++) {
      List<Integer> rows = byClass.get(random.nextInt(byClass.size()));
      order[i] = rows.get(random.nextInt(rows.size()));
    }
    return order;
  }
}
