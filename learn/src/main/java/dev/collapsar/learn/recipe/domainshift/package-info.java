/** Copies of a network adapt to rotated, noisy images. */
package dev.collapsar.learn.recipe.domainshift;
