/** Event files as TensorBoard reads them. */
package dev.collapsar.tensorboard;
