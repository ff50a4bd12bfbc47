/** The page on several runs read together. */
package dev.collapsar.report.study;
