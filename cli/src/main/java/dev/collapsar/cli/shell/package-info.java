/** Commands about the commands: help, version, completion. */
package dev.collapsar.cli.shell;
