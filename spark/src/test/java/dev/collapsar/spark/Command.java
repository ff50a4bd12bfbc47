package dev.collapsar.spark;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What one call of the command line left behind. */
record Command(int exitCode, String out, String err) {
  static Command of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        CollapsarSpark.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new Command(exitCode, out.toString(), err.toString());
  }
}
