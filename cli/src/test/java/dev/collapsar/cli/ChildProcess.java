package dev.collapsar.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The command line in a process of its own. */
final class ChildProcess implements AutoCloseable {
  private final Path stderr;
  private final Process process;
  private final BufferedReader stdout;
  private final List<String> said = new ArrayList<>();

  /**
   * @param prefix what starts it, if it does not start by itself
   * @param stderr the file for its errors
   */
  ChildProcess(List<String> prefix, Path stderr, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
            "-Dorg.bytedeco.javacpp.platform.extension=",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.collapsar.cli.Collapsar"));
    command.addAll(List.of(arguments));
    this.stderr = stderr;
    this.process = new ProcessBuilder(command).redirectError(stderr.toFile()).start();
    this.stdout = process.inputReader();
  }

  long pid() {
    return process.pid();
  }

  /** Until it says a line that starts so. */
  void readUntil(String start) throws IOException {
    String line;
    do {
      line = stdout.readLine();
      if (line == null) {
        throw new AssertionError("it ended: " + said + err());
      }
      said.add(line);
    } while (!line.startsWith(start));
  }

  /** Its exit code, once it has said everything. */
  int exit() throws InterruptedException {
    stdout.lines().forEach(said::add);
    if (!process.waitFor(1, TimeUnit.MINUTES)) {
      throw new AssertionError("it goes on");
    }
    return process.exitValue();
  }

  /** The lines that it said, up to its end if {@link #exit} was asked. */
  List<String> said() {
    return said;
  }

  String err() throws IOException {
    return Files.readString(stderr);
  }

  /** How many processes it has started that go on. */
  long runs() {
    return process.descendants().count();
  }

  /** Killed without a word of warning, and waited for until what it had started has ended too. */
  @Override
  public void close() {
    List<ProcessHandle> ending = new ArrayList<>(process.descendants().toList());
    ending.add(process.toHandle());
    process.destroyForcibly();
    for (int i = 0; ending.removeIf(ChildProcess::hasEnded) || !ending.isEmpty(); i++) {
      if (i == 1_200) {
        throw new AssertionError("they go on: " + ending);
      }
      LockSupport.parkNanos(50_000_000);
    }
  }

  /** One that nobody has reaped counts as alive for the system, but runs no command. */
  private static boolean hasEnded(ProcessHandle handle) {
    return !handle.isAlive() || handle.info().command().isEmpty();
  }
}
