package dev.collapsar.learn.network;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.NewFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.ExtraFilesMap;
import org.bytedeco.pytorch.JitModule;

/** TorchScript files that we write. */
public final class ScriptOutput {
  private ScriptOutput() {}

  /**
   * Writes a module with a card inside, {@code extra/}{@value NetworkCard#KEY}: aside and renamed.
   *
   * @throws InvalidInputException if it cannot be written
   */
  public static void write(JitModule module, NetworkCard card, Path file) {
    NewFile.requirePlace(file);
    Path aside = NewFile.partial(file);
    try {
      Files.createDirectories(aside);
      Path written = aside.resolve(file.getFileName()); // whose name stands in the archive
      ExtraFilesMap further = new ExtraFilesMap();
      further.put(new BytePointer(NetworkCard.KEY), card.toJson());
      module.save(written.toString(), further);
      Files.move(
          written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw InvalidInputException.because(file + ": cannot be written", e);
    } finally {
      remove(aside);
    }
  }

  private static void remove(Path aside) {
    try {
      NewFile.remove(aside);
    } catch (IOException e) {
      throw InvalidInputException.because(aside + ": cannot be removed", e);
    }
  }
}
