/** Images as bytes in memory or in a mapped file, and how they become a network's input. */
package dev.collapsar.learn.images;
