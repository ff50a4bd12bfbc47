/** The command line: parse, call, exit. */
package dev.collapsar.cli;
