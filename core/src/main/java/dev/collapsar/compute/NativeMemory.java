package dev.collapsar.compute;

import dev.collapsar.InvalidInputException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Memory outside of the JVM's, as the native libraries ask for it. */
public final class NativeMemory {
  /** As LibTorch's allocator words it. */
  private static final Pattern DENIED =
      Pattern.compile("memory: you tried to allocate (\\d{1,18}) bytes");

  private NativeMemory() {}

  /** What a failure says to the user, if it came about since so much memory was not to be had. */
  public static Optional<InvalidInputException> denied(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      Matcher found = DENIED.matcher(String.valueOf(cause.getMessage()));
      if (found.find()) {
        return Optional.of(
            new InvalidInputException(
                ("this machine does not give the %s MB of memory that a tensor takes; smaller"
                        + " images, batches or networks take less")
                    .formatted(Long.parseLong(found.group(1)) >> 20),
                failure));
      }
    }
    return Optional.empty();
  }
}
