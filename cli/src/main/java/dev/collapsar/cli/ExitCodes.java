package dev.collapsar.cli;

/** What the process says when it ends. */
final class ExitCodes {
  /** Done. */
  static final int DONE = 0;

  /** Our fault. */
  static final int OUR_FAULT = 1;

  /** The user's input; one line on stderr says what. */
  static final int YOUR_INPUT = 2;

  /** Interrupted. */
  static final int INTERRUPTED = 130;

  private ExitCodes() {}
}
