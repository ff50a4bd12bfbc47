package dev.collapsar.learn.recipe.collapse;

import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.Normalized;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.settings.DataSettings;
import dev.collapsar.learn.settings.OutsideSettings;
import dev.collapsar.learn.settings.SampleSettings;
import dev.collapsar.learn.variant.RunImages;
import dev.collapsar.random.Seed;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * The images that take part, as the network expects them.
 *
 * @param transform how they enter
 * @param batch how many a training step sees
 * @param measuredOod null without any of another distribution
 */
record CollapseSets(
    ImageSet train,
    ImageTransform transform,
    int batch,
    OrderedBatches measuredTrain,
    OrderedBatches measuredTest,
    OrderedBatches measuredOod) {
  private static final int MEASURING_BATCH = 500;

  /** What each epoch sees. */
  IntFunction<OrderedBatches> epochs(RunContext run) {
    return epoch ->
        OrderedBatches.shuffled(
            train.with(transform), batch, run.seed().under("pretrain/" + epoch));
  }

  /**
   * The images that the user chose.
   *
   * @param entering the training images, as the user wants them to enter
   * @param all the images that the training ones are drawn from
   */
  record Chosen(
      RunImages.Entering entering,
      ImageSet all,
      ImageSet train,
      ImageSet test,
      Optional<ImageSet> ood) {

    /** Loads them, and tells the run which they are. */
    static Chosen of(
        RunContext run, DataSettings data, SampleSettings samples, OutsideSettings ood) {
      RunImages chosen = new RunImages(run, data);
      ImageData images = chosen.load();
      ImageSet train = chosen.sample(images.train(), samples.samples(), "subset/train");
      chosen.requireOfEachClass(train, samples.samples(), 1);
      ImageSet test = chosen.sample(images.test(), samples.test(), "subset/test");
      Optional<ImageSet> other = chosen.outside(ood, train);
      other.ifPresent(set -> run.useData("ood", set));
      run.useData("train", train);
      run.useData("test", test);
      ImageSet normalized = train.with(images.normalized());
      return new Chosen(
          chosen.entering(images, normalized), images.train(), normalized, test, other);
    }

    /** All of them as this network expects them. */
    CollapseSets entering(RunContext run, Network network, int batch) {
      Seed seed = run.seed();
      ImageTransform transform = Normalized.entering(network.card().input().orElseThrow());
      return new CollapseSets(
          train,
          transform,
          batch,
          measuring(train, transform, seed.under("measured/train")),
          measuring(test, transform, seed.under("measured/test")),
          ood.map(set -> measuring(set, transform, seed.under("measured/ood"))).orElse(null));
    }

    private static OrderedBatches measuring(ImageSet images, ImageTransform transform, Seed seed) {
      return OrderedBatches.inOrder(images.with(transform), MEASURING_BATCH, seed);
    }
  }
}
