/** What a network that is there makes of samples: features, classes, how familiar they look. */
package dev.collapsar.learn.prediction;
