package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.VariantLog;

/**
 * The network that all variants begin as.
 *
 * @param epochs how many it was trained for here, 0 if it was trained elsewhere
 * @param complete whether the images measured are all that it was trained on
 */
record StartedBase(Network network, VariantLog log, int epochs, boolean complete) {}
