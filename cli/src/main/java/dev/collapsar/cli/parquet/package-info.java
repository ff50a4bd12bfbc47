/** Parquet files as arrays, without Spark. */
package dev.collapsar.cli.parquet;
