/**
 * Training and measuring one variant of a run: a loop with listeners, what is measured of an epoch,
 * and the one probe of a representation's collapse.
 */
package dev.collapsar.learn.variant;
