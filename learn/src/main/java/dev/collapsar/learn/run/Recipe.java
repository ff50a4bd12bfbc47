package dev.collapsar.learn.run;

import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.variant.VariantTrainer;
import java.util.List;
import java.util.Map;

/**
 * A named experiment: what may be chosen, and what is done with it.
 *
 * <p>A run that broke off is resumed by running its recipe again from the top. {@link
 * VariantTrainer} then loads what was trained and reads back what was measured meanwhile; all else
 * happens anew. So that the end is the same, byte for byte, {@link #run} keeps four rules. It
 * trains through {@link VariantTrainer} alone, each variant and stage once. All chance comes from
 * named streams of {@link RunEngine#seed}. What is measured of an epoch is a function of the
 * network after it: a measure remembers nothing. And what is shown at the end is a function of end
 * networks and of {@link RunEngine#history}, not of what was gathered on the way.
 */
public interface Recipe {
  /** As typed after {@code collapsar run}. */
  String name();

  /** One line for {@code collapsar list}. */
  String summary();

  /** Everything a user may choose, in the order of recipe.yaml. */
  List<Setting<?>> settings();

  /** What {@code --quick} chooses, by key: the same code on less data and fewer epochs. */
  Map<String, String> quick();

  /** Does it, leaving everything worth keeping in the experiment's log. */
  void run(RunEngine experiment);
}
