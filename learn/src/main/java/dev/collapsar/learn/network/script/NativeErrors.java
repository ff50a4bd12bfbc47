package dev.collapsar.learn.network.script;

import dev.collapsar.InvalidInputException;
import java.util.function.Supplier;

/** LibTorch's error on a file that fails, in one line; its own texts carry a stack of C++. */
final class NativeErrors {
  private static final String INNER = "\nRuntimeError: ";

  private NativeErrors() {}

  /**
   * What the action computes.
   *
   * @param origin what failed, as the user spelled it
   * @throws InvalidInputException in one line, if LibTorch fails
   */
  static <T> T explained(String origin, Supplier<T> action) {
    try {
      return action.get();
    } catch (RuntimeException e) {
      if (e.getClass() != RuntimeException.class) { // LibTorch's are of no class of their own
        throw e;
      }
      throw new InvalidInputException(origin + ": " + brief(e), e);
    }
  }

  static String brief(RuntimeException failure) {
    String message = String.valueOf(failure.getMessage());
    int inner = message.lastIndexOf(INNER);
    String text = inner < 0 ? message : message.substring(inner + INNER.length());
    return text.strip().lines().findFirst().orElse("LibTorch fails without a reason");
  }
}
