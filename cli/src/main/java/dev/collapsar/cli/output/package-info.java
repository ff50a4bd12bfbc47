/** What commands print and where they may write: progress, new files, names of several files. */
package dev.collapsar.cli.output;
