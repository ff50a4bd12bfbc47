/** Data sets by name, folders and archives of images; fetched, checked, decoded. */
package dev.collapsar.learn.dataset;
