/** Learning by feedback matrices, and how its alignment stands against chance. */
package dev.collapsar.learn.recipe.feedbacknull;
