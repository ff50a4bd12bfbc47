package dev.collapsar.compute;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;

/** The threads that share a measurement's work. */
public final class Workers implements AutoCloseable {
  private final int threads;
  private final ExecutorService pool;

  public Workers(int threads) {
    this.threads = threads;
    pool =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread thread = new Thread(task, "collapsar");
              thread.setDaemon(true);
              return thread;
            });
  }

  public int threads() {
    return threads;
  }

  /**
   * The results of tasks 0..count-1, in that order. Returns or throws when none is running any
   * more, so that their caller may free what they use.
   *
   * @throws RuntimeException what the first of them that failed threw; tasks behind it are left out
   */
  public <T> List<T> map(int count, IntFunction<T> task) {
    AtomicBoolean abandoned = new AtomicBoolean();
    List<Future<T>> futures = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int index = i;
      futures.add(pool.submit(() -> abandoned.get() ? null : attempt(task, index, abandoned)));
    }
    List<T> results = new ArrayList<>(count);
    RuntimeException failure = null;
    for (Future<T> future : futures) {
      try {
        results.add(outcome(future, abandoned));
      } catch (ExecutionException e) {
        failure = failure == null ? unchecked(e.getCause()) : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new IllegalStateException("interrupted while measuring");
    }
    return results;
  }

  /** Tasks start in order, so all before a failed one have started and will have their say. */
  private static <T> T attempt(IntFunction<T> task, int index, AtomicBoolean abandoned) {
    boolean done = false;
    try {
      T result = task.apply(index);
      done = true;
      return result;
    } finally {
      if (!done) {
        abandoned.set(true);
      }
    }
  }

  /** Waits even when interrupted, but lets no further task start then. */
  private static <T> T outcome(Future<T> future, AtomicBoolean abandoned)
      throws ExecutionException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
          abandoned.set(true);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static RuntimeException unchecked(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return (RuntimeException) cause;
  }

  @Override
  public void close() {
    pool.shutdown();
  }
}
