package dev.collapsar;

/**
 * The user's input cannot be used. The message is one line for that user: the option, key or file
 * as they spelled it, the value found, and what is allowed. The command line prints it alone and
 * exits with 2; anything else that is thrown is our fault.
 */
public final class InvalidInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InvalidInputException(String message) {
    super(message);
  }

  public InvalidInputException(String message, Throwable cause) {
    super(message, cause);
  }
}
