package dev.collapsar.learn.network;

import dev.collapsar.data.NewFile;
import java.nio.file.Path;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.ExtraFilesMap;
import org.bytedeco.pytorch.JitModule;

/** TorchScript files that we write. */
public final class ScriptOutput {
  private ScriptOutput() {}

  /**
   * Writes a module with a card inside, {@code extra/}{@value NetworkCard#KEY}: aside and renamed.
   *
   * @throws dev.collapsar.InvalidInputException if it cannot be written
   */
  public static void write(JitModule module, NetworkCard card, Path file) {
    NewFile.writtenAside(
        file,
        made -> { // whose name stands in the archive
          ExtraFilesMap further = new ExtraFilesMap();
          further.put(new BytePointer(NetworkCard.KEY), card.toJson());
          module.save(made.toString(), further);
          return made;
        });
  }
}
