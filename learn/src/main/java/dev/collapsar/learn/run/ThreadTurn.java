package dev.collapsar.learn.run;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Runs of one process that compute at the same time. How many threads the native libraries take is
 * the process's own number, and sums depend on it: runs of one thread go on side by side, a run of
 * several waits until it is alone.
 */
final class ThreadTurn {
  private static final ReadWriteLock PROCESS = new ReentrantReadWriteLock(true);
  private static final long LOOK_MILLIS = 100;

  private ThreadTurn() {}

  /**
   * What a run of so many threads computes when it is its turn.
   *
   * @param throwIfStopped called from time to time while it waits
   */
  static <T> T within(
      int threads, Progress progress, Runnable throwIfStopped, Supplier<T> computation) {
    Lock lock = threads == 1 ? PROCESS.readLock() : PROCESS.writeLock();
    await(lock, progress, throwIfStopped);
    try {
      return computation.get();
    } finally {
      lock.unlock();
    }
  }

  private static void await(Lock lock, Progress progress, Runnable throwIfStopped) {
    try {
      if (!lock.tryLock(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        progress.say("waits for another run of this process");
        do {
          throwIfStopped.run();
        } while (!lock.tryLock(LOOK_MILLIS, TimeUnit.MILLISECONDS));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RunStopped();
    }
  }
}
