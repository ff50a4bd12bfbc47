/** The page of one measurement: its numbers, its class means, its spectra, without scripts. */
package dev.collapsar.report.measured;
