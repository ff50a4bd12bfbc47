/**
 * What the command lines of several modules share: one way to refuse, the exit codes, the words of
 * enumerations, and the settings of a measurement as options.
 */
package dev.collapsar.command;
