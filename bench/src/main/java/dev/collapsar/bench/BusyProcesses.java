package dev.collapsar.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Processes that compute without end, each as much as a processor gives, until they are closed. */
final class BusyProcesses implements AutoCloseable {
  private final List<Process> processes = new ArrayList<>();

  BusyProcesses(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      processes.add(new ProcessBuilder(TimedSteps.java(BusyProcesses.class)).start());
    }
  }

  public static void main(String[] args) {
    long x = 0;
    while (ProcessHandle.current().parent().map(ProcessHandle::isAlive).orElse(false) || x < 0) {
      for (int i = 0; i < 1_000_000; i++) {
        x = Math.abs(x * 31 + i);
      }
    }
  }

  @Override
  public void close() {
    processes.forEach(Process::destroyForcibly);
  }
}
