package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.learn.settings.AdapterSettings;
import dev.collapsar.learn.settings.TrainingSettings;
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
    int shuffles) {}
