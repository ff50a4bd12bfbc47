/** Run directories made from what trainings in other programs left: features by epoch, tables. */
package dev.collapsar.recording;
