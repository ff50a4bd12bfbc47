/** A directory of runs and studies as one page: a table of all, written once or served live. */
package dev.collapsar.board;
