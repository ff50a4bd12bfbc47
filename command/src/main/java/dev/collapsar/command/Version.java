package dev.collapsar.command;

import dev.collapsar.run.Machine;
import picocli.CommandLine.IVersionProvider;

/** The text of {@code --version}. */
public final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"collapsar " + Machine.collapsar()};
  }
}
