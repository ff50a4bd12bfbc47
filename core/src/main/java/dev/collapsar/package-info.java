/**
 * What every room uses: how a user's mistake is refused, how words are spelled, and what is nearest
 * to a word.
 */
package dev.collapsar;
