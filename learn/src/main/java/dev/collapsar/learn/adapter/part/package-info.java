/**
 * What a part of an adapter does to a weight, exactly and a few rows at a time: one class a kind of
 * update.
 */
package dev.collapsar.learn.adapter.part;
