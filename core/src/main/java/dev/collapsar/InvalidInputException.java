package dev.collapsar;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.function.Supplier;

/**
 * The user's input cannot be used. The message is one line for that user: the option, key or file
 * as they spelled it, the value found, and what is allowed. The command line prints it alone and
 * exits with 2; anything else that is thrown is our fault.
 */
public final class InvalidInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final int LONGEST = 4000;

  public InvalidInputException(String message) {
    super(cut(message));
  }

  public InvalidInputException(String message, Throwable cause) {
    super(cut(message), cause);
  }

  /** Messages quote files, whose names for things may be of any length. */
  private static String cut(String message) {
    return message.length() <= LONGEST ? message : message.substring(0, LONGEST) + "...";
  }

  /**
   * What cannot be done with a file, and the failure's reason in the system's words, without the
   * path that its own message repeats.
   */
  public static InvalidInputException because(String problem, IOException failure) {
    return new InvalidInputException(problem + ": " + reason(failure), failure);
  }

  /**
   * What {@code use} makes of an option's value.
   *
   * @throws InvalidInputException what it throws, behind the option and its value as they were
   *     spelled
   */
  public static <T> T naming(String option, Object value, Supplier<T> use) {
    try {
      return use.get();
    } catch (InvalidInputException e) {
      throw new InvalidInputException("%s %s: %s".formatted(option, value, e.getMessage()), e);
    }
  }

  private static String reason(IOException failure) {
    if (failure instanceof FileSystemException of && of.getReason() != null) {
      return of.getReason();
    }
    // Java gives these three a class of their own in place of a reason.
    if (failure instanceof AccessDeniedException) {
      return "Permission denied";
    }
    if (failure instanceof NoSuchFileException) {
      return "No such file or directory";
    }
    if (failure instanceof FileAlreadyExistsException exists) {
      return exists.getFile() + " exists already";
    }
    return failure.getMessage() != null ? failure.getMessage() : failure.getClass().getSimpleName();
  }
}
