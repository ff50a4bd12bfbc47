/** The registry of recipes; each recipe stands in a room of its own below. */
package dev.collapsar.learn.recipe;
