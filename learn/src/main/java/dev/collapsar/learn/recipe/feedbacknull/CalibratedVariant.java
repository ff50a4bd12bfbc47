package dev.collapsar.learn.recipe.feedbacknull;

import dev.collapsar.learn.feedback.AlignmentSums;
import dev.collapsar.learn.feedback.NullDraws;
import java.util.List;
import java.util.Optional;

/**
 * The observations of one variant at the end, beside every kind of chance.
 *
 * @param accuracy on the test images, if it is known
 * @param nulls fresh matrices first
 * @param original the script's rule, where its single width and its pairing can be had
 */
record CalibratedVariant(
    String name,
    Optional<Double> accuracy,
    AlignmentSums observed,
    List<NullDraws> nulls,
    Optional<OriginalRule> original) {}
