/**
 * The one bridge to LibTorch: its runtime, scopes that own native memory, and copies to and from
 * arrays.
 */
package dev.collapsar.learn.tensor;
