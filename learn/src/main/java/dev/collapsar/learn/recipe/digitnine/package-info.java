/** An adapter learns one digit, and what that costs on the others. */
package dev.collapsar.learn.recipe.digitnine;
