/**
 * Low-rank adapters: their configuration, their factors on a network's weights, and the files that
 * hold them.
 */
package dev.collapsar.learn.adapter;
