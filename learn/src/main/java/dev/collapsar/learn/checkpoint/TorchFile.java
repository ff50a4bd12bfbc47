package dev.collapsar.learn.checkpoint;

import java.io.Closeable;

/** A file of {@code torch.save}: a pickled object and the storages that its tensors look into. */
interface TorchFile extends Closeable {
  /** The pickled object, in the values of {@link Pickle}. */
  Object root();

  /** The elements of its storages; to be read before the file is closed. */
  StorageBytes bytes();
}
