/** Where commands may write, and what several files are called. */
package dev.collapsar.cli.output;
