/** What `collapsar record` takes: features or checkpoints by epoch. */
package dev.collapsar.cli.recorded;
