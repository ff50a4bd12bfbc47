/**
 * The one seed of a run and the named streams that are drawn from it, so that no draw depends on
 * the order of others.
 */
package dev.collapsar.random;
