/** Updates of several ranks on a collapsed network, against its class means. */
package dev.collapsar.learn.recipe.loraranks;
