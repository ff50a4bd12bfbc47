/**
 * What an adaptation did: how the updates of weights lie to class means, how large they are, and
 * what became of the features. Each number beside what chance gives.
 */
package dev.collapsar.update;
