package dev.collapsar.learn.experiment;

import java.util.List;
import java.util.Map;

/** A named experiment: what may be chosen, and what is done with it. */
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
  void run(Experiment experiment);
}
