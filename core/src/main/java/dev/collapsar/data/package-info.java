/**
 * Feature files of any size, read and written in batches: NumPy, safetensors; bounded readers of
 * other people's files.
 */
package dev.collapsar.data;
