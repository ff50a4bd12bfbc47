package dev.collapsar.learn.run;

/** The user asked the run to stop. */
public final class RunStopped extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RunStopped() {
    super("stopped at the user's request");
  }
}
