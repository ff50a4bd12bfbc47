/**
 * What a user may choose of a run: settings, declared once each in a group that answers from the
 * chosen values alone, and the files in which they are written.
 */
package dev.collapsar.learn.settings;
