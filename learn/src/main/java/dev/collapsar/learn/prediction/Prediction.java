package dev.collapsar.learn.prediction;

import java.util.OptionalDouble;

/**
 * The prediction of a network for one sample.
 *
 * @param index of the class with the largest logit
 * @param type that class's name
 * @param probability of it, the softmax of the logits; how sure the network is, not how often it is
 *     right
 * @param probabilities of all classes, (K)
 * @param nearestMean the name of the class whose mean of training features is the nearest; null if
 *     the means are not known
 * @param mahalanobis how far the sample lies outside the training features: min over k of (x -
 *     mu_k)^T S_W^+ (x - mu_k), in [0, inf)
 * @param neco likewise 1 - ||P (x - m)|| / ||x - m||, in [0, 1]; both as {@link
 *     dev.collapsar.update.Outliers} says, empty if not known
 */
public record Prediction(
    int index,
    String type,
    double probability,
    double[] probabilities,
    String nearestMean,
    OptionalDouble mahalanobis,
    OptionalDouble neco) {}
