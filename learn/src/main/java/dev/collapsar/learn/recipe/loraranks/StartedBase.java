package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.calibration.Sampling;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.VariantLog;

/**
 * The network that all variants begin as.
 *
 * @param epochs how many it was trained for here, 0 if it was trained elsewhere
 * @param rows what the images measured are of
 */
record StartedBase(Network network, VariantLog log, int epochs, Sampling rows) {}
