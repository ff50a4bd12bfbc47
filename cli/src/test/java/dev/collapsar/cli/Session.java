package dev.collapsar.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What one call of the command line left behind. */
record Session(int exitCode, String out, String err) {
  static Session of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Collapsar.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new Session(exitCode, out.toString(), err.toString());
  }
}
