/**
 * Runs a study: one recipe under several seeds and settings, each choice an ordinary run directory.
 * Reading it is {@code dev.collapsar.study}'s.
 */
package dev.collapsar.learn.study;
