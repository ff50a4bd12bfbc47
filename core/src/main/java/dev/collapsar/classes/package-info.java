/** What a measurement says of each class and each pair of classes, of which metrics are means. */
package dev.collapsar.classes;
