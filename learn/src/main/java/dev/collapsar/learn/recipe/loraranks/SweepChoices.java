package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.learn.settings.AdapterSettings;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.learn.settings.TrainingSettings;
import java.util.ArrayList;
import java.util.List;

/**
 * The choices for an adaptation.
 *
 * @param variants what is adapted
 * @param drift whether the batch norms of the frozen backbone move
 * @param matched whether updates of all ranks are made as long as the head's own
 * @param draws of every null
 * @param shuffles of the labels, for directions of class means
 */
record SweepChoices(
    List<String> variants,
    int epochs,
    TrainingSettings training,
    AdapterSettings adapters,
    boolean drift,
    boolean matched,
    int draws,
    int shuffles) {

  /** What whoever reads the results should know of these choices, each in a sentence or two. */
  List<String> cautions(int classes, Settings settings) {
    List<String> said = new ArrayList<>();
    List<Integer> ranks = adapters.ranks(settings);
    for (int rank : ranks) {
      if (rank > classes - 1) {
        said.add(
            ("lora-r%s: rank %s is above K-1 = %s. An update of %s outputs has at most that many"
                    + " directions that change a decision: the others are idle, and alignments"
                    + " saturate.")
                .formatted(rank, rank, classes - 1, classes));
      }
    }
    if (drift) {
      said.add(
          "backbone.batchnorm=drift: as in the notebook, batch norms of the frozen backbone use"
              + " each batch's statistics in training and move the running ones. The representation"
              + " changes although nothing in it is trained, and saved adapters do not carry that"
              + " change.");
    }
    if (!matched && ranks.size() > 1) {
      said.add(
          ("lora.match=none: one learning rate for all. Updates are scaled by alpha / rank%s, so"
                  + " ranks differ in the length of their updates too; lora.match=update-norm makes"
                  + " these alike.")
              .formatted(adapters.isRankStabilized(settings) ? ", here by its root" : ""));
    }
    return said;
  }
}
