/**
 * The accumulators of core on Apache Spark, over features in Parquet, and the command line of it.
 */
package dev.collapsar.spark;
