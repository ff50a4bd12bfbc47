/** The one budget of threads that all work shares. */
package dev.collapsar.compute;
