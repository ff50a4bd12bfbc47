/** A network learns to classify images of its user's own. */
package dev.collapsar.learn.recipe.finetune;
