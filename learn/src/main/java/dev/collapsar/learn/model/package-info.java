/** Networks in files: opened by their card or by their tensors' names and shapes, and written. */
package dev.collapsar.learn.model;
