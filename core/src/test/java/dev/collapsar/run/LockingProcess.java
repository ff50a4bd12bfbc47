package dev.collapsar.run;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.nio.file.Path;

/** Goes on with the run in the directory given, says so, and works until its input ends. */
final class LockingProcess {
  static final String WORKS = "works in ";

  private LockingProcess() {}

  public static void main(String[] arguments) throws IOException {
    try (RunDirectory directory = RunDirectory.resume(Path.of(arguments[0]))) {
      System.out.println(WORKS + directory.path());
      System.in.read();
    } catch (InvalidInputException e) {
      System.out.println(e.getMessage());
    }
  }
}
