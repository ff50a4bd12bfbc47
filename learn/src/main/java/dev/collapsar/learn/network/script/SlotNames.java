package dev.collapsar.learn.network.script;

/** Dotted names of modules and of the tensors in them; the outermost module's is empty. */
final class SlotNames {
  private SlotNames() {}

  static String join(String module, String name) {
    return module.isEmpty() ? name : module + "." + name;
  }

  /** What stands before the last dot. */
  static String module(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('.')));
  }

  /** What stands behind the last dot. */
  static String last(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }
}
