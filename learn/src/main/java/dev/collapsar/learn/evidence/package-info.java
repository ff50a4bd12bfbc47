/** What stands beside a variant's numbers at its end: chance, noise, decisions in pairs. */
package dev.collapsar.learn.evidence;
