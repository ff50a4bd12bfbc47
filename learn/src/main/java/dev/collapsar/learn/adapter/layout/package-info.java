/**
 * Adapter files of many tools as typed parts: one class a layout, one a kind of part. A layout
 * knows names and scales, a part its exact update of a weight's rows; neither needs a base to be
 * read.
 */
package dev.collapsar.learn.adapter.layout;
