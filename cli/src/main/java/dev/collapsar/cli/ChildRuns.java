package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.ParentWatch;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.study.PlannedRun;
import dev.collapsar.learn.study.RunMaker;
import dev.collapsar.learn.study.StudyPlan;
import dev.collapsar.run.RunRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Makes runs each in a process of its own, so that several go on at a time. */
final class ChildRuns implements RunMaker {
  private static final int PATIENCE_SECONDS = 10;

  /** Of what a signal ends, {@link Process} gives its number beyond this. */
  private static final int SIGNALS = 128;

  /** By the signal that no process can answer, so that its last words are of something else. */
  private static final int KILLED = 9;

  /** By name: the class knows its commands, and they know this one. */
  private static final String MAIN = ChildRuns.class.getPackageName() + ".Collapsar";

  private final StudyPlan plan;
  private final Set<Process> going = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;

  ChildRuns(StudyPlan plan) {
    this.plan = plan;
  }

  @Override
  public Optional<RunRecord.Status> make(PlannedRun run, RunEngine engine) {
    if (stopped) {
      return Optional.empty();
    }
    try {
      Process process = new ProcessBuilder(command(run)).redirectOutput(Redirect.DISCARD).start();
      going.add(process);
      try {
        String said = lastLine(process);
        int code = process.waitFor();
        if (code == ExitCodes.DONE) {
          return Optional.of(RunRecord.Status.COMPLETE);
        }
        if (stopped || code == ExitCodes.INTERRUPTED) {
          return Optional.of(RunRecord.Status.INTERRUPTED);
        }
        String why =
            code == SIGNALS + KILLED
                ? "its process was killed (signal %s)".formatted(KILLED)
                : said.isEmpty() ? "its process ended with " + code : said;
        throw code == ExitCodes.YOUR_INPUT
            ? new InvalidInputException(why)
            : new IllegalStateException(why);
      } finally {
        going.remove(process);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** This very program with the arguments of one run. */
  private List<String> command(PlannedRun run) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> !argument.startsWith("-agentlib") && !argument.contains("javaagent"))
        .forEach(command::add);
    command.add("-D" + ParentWatch.PROPERTY + "=true");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(MAIN);
    command.addAll(RunArguments.of(plan, run));
    if (Files.exists(plan.options(run).out().resolve("recipe.yaml"))) {
      command.add("--resume");
    }
    return command;
  }

  /** Of what it says on stderr: why it failed, if it does. */
  private static String lastLine(Process process) throws IOException {
    String last = "";
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getErrorStream(), Charset.defaultCharset()))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        last = line.isBlank() ? last : line;
      }
    }
    return last.replaceFirst("^collapsar: ", "").strip();
  }

  /** Each writes its record before it ends. */
  @Override
  public void stop() {
    stopped = true;
    going.forEach(Process::destroy);
    for (Process process : going) {
      try {
        process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
