package dev.collapsar.learn.settings;

import java.util.ArrayList;
import java.util.List;

/**
 * How many images take part, and how many a training step sees. There are no more than the data
 * have, which settings do not know: all of them take part then.
 */
public final class SampleSettings {
  private final Setting<Integer> samples;
  private final List<Setting<Integer>> further;
  private final Setting<Integer> test;
  private final Setting<Integer> batch;

  private SampleSettings(
      Setting<Integer> samples, List<Setting<Integer>> further, int test, int batch) {
    this.samples = samples;
    this.further = further;
    this.test = Setting.count("test.samples", test, "test images");
    this.batch = Setting.count("batch", batch, "images a training step");
  }

  /** Of a recipe whose trainings all see the same images. */
  public static SampleSettings of(int samples, int test, int batch) {
    return new SampleSettings(
        Setting.count("samples", samples, "training images"), List.of(), test, batch);
  }

  /** Of a recipe that adapts its base to other images, of which it takes what there are. */
  public static SampleSettings ofBase(int base, int test, int batch) {
    return new SampleSettings(base(base), List.of(), test, batch);
  }

  /** Of a recipe that adapts its base to so many other images. */
  public static SampleSettings ofBoth(int base, int adapt, int test, int batch) {
    return new SampleSettings(
        base(base),
        List.of(
            Setting.count(
                TrainingSettings.ADAPT + "samples", adapt, "images that variants adapt to")),
        test,
        batch);
  }

  private static Setting<Integer> base(int initial) {
    return Setting.count(
        TrainingSettings.BASE + "samples", initial, "images that the base is trained on");
  }

  /** The recipe lists them among its own. */
  public List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>();
    settings.add(samples);
    settings.addAll(further);
    settings.add(test);
    settings.add(batch);
    return settings;
  }

  /** Of the training, or of the base's. */
  public Setting<Integer> samples() {
    return samples;
  }

  /** Of adaptation, where it has its own. */
  public Setting<Integer> adapt() {
    return further.get(0);
  }

  public Setting<Integer> test() {
    return test;
  }

  public int batch(Settings settings) {
    return settings.get(batch);
  }
}
