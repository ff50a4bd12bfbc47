/**
 * Several runs read together: which settings differ, what the runs that differ in the seed alone
 * agree on, and what may be said of the difference between them. It reads run directories and
 * nothing else, wherever they were made.
 */
package dev.collapsar.study;
