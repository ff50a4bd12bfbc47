/**
 * Numbers against chance and with their uncertainty: nulls, intervals, corrected estimates, tests.
 */
package dev.collapsar.calibration;
