package dev.collapsar.learn.network.script;

import java.nio.file.Path;

/** Lets tests of other packages scan the source in a TorchScript file. */
public final class ScriptScan {
  private ScriptScan() {}

  public static void requireHarmless(Path file) {
    ScriptArchive.requireHarmless(file);
    ScriptArchive.card(file);
  }
}
