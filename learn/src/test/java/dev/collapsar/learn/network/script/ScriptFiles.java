package dev.collapsar.learn.network.script;

import java.nio.file.Files;
import java.nio.file.Path;

/** TorchScript files that lie in the checkout, with what PyTorch computes from them. */
final class ScriptFiles {
  private ScriptFiles() {}

  /** What {@code core/src/test/resources/golden/torchscript/<name>} is. */
  static Path of(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path folder = at.resolve("core/src/test/resources/golden/torchscript");
      if (Files.isDirectory(folder)) {
        return folder.resolve(name);
      }
    }
    throw new IllegalStateException("not run from within the checkout");
  }
}
