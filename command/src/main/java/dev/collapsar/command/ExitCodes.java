package dev.collapsar.command;

/** The exit codes of the process. */
public final class ExitCodes {
  /** Done. */
  public static final int DONE = 0;

  /** Our fault. */
  public static final int OUR_FAULT = 1;

  /** The user's input; one line on stderr says what. */
  public static final int YOUR_INPUT = 2;

  /** Interrupted. */
  public static final int INTERRUPTED = 130;

  private ExitCodes() {}
}
