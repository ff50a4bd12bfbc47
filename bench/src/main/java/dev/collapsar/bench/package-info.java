/** Benchmarks, each beside a limit that is measured in the same run. */
package dev.collapsar.bench;
