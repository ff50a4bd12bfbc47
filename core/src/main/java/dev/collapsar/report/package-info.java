/** The page and the tables that show runs; each is a function of run directories alone. */
package dev.collapsar.report;
