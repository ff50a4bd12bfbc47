/** A network learns into the terminal phase, its collapse by epoch. */
package dev.collapsar.learn.recipe.collapse;
