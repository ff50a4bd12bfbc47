package dev.collapsar.command;

import dev.collapsar.run.Machine;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
public final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"collapsar " + Machine.collapsar()};
  }
}
