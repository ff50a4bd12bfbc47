/** Image files as cameras and programs write them, decoded to upright pixels of a wanted size. */
package dev.collapsar.learn.picture;
