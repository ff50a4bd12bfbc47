package dev.collapsar.learn.variant;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.RandomImages;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.TestRecipe;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.run.Variant.Kind;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.learn.run.Watching;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.random.Seed;
import dev.collapsar.run.RunClock;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A process for tests to kill: begins or goes on with a small run in the directory given. At its
 * step of the number given it says so and waits until it is killed; without a number it never does.
 */
final class KilledRun {
  static final String WAITING = "waiting";
  private static final Seed SEED = new Seed(3);
  private static final int EPOCHS = 12;

  private KilledRun() {}

  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true);
    RunOptions options =
        new RunOptions(Map.of(), Path.of(arguments[0]), null, 7, 1, "cpu", false).resuming();
    int last = arguments.length > 1 ? Integer.parseInt(arguments[1]) : Integer.MAX_VALUE;
    AtomicInteger steps = new AtomicInteger();
    Watching watching =
        new Watching(
            () -> {
              if (steps.incrementAndGet() == last) {
                out.println(WAITING);
                while (true) {
                  LockSupport.park();
                }
              }
            });
    try {
      RunEngine.prepare(new TestRecipe(KilledRun::run), options, watching, RunClock.system()).run();
    } catch (InvalidInputException e) {
      out.println(e.getMessage());
      System.exit(2);
    }
  }

  private static void run(RunContext run) {
    ImageSet images = RandomImages.of(40, 8, 8, 3);
    OrderedBatches pass = OrderedBatches.inOrder(images, 20, SEED);
    VariantTrainer trainer =
        new VariantTrainer(run, List.of(new TestSet("test", LearnMetrics.ACCURACY_TEST, pass)));
    TrainingSpec adam = TrainingSpec.of(OptimizerSpec.Adam.withLearningRate(0.01));
    try (Network base = LayerNetwork.initialized(new Mlp(List.of(64, 16, 3)), SEED)) {
      VariantLog pretraining = run.beginVariant(new Variant("base", "pretrain", Kind.BASE), base);
      trainer.train(pretraining, base, adam, EPOCHS, epoch -> epoch(images, "a/" + epoch));
      pretraining.save(base);
      try (Network copy = base.copy()) {
        AdapterConfig config =
            AdapterConfig.of(new ModuleSelector.AllLinear(), 2, 4).dropout(0.5).build();
        Adapter adapter = Adapter.attach(copy, "default", config, SEED);
        VariantLog log = run.beginVariant(new Variant("lora-r2", "adapt", Kind.ADAPTER), copy);
        trainer.train(log, copy, adam, EPOCHS, epoch -> epoch(images, "b/" + epoch));
        log.save(adapter.toFile(), "base");
      }
    }
  }

  private static OrderedBatches epoch(ImageSet images, String name) {
    return OrderedBatches.shuffled(images, 10, SEED.under(name));
  }
}
