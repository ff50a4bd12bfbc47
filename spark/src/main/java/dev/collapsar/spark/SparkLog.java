package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where Spark's own words go: a file of this process's, which is named where something failed and
 * is gone where nothing did.
 */
final class SparkLog {
  /** Read by log4j2.properties. */
  private static final String PLACE = "collapsar.spark.log";

  private static final String APACHE = "org.apache.";

  /** How Spark says which file a task could not read. */
  private static final Pattern FILE =
      Pattern.compile("Encountered error while reading file (\\S+)\\. ");

  private static final int DEEP = 12; // frames of Java's own lie between

  private SparkLog() {}

  /** Before Spark's first class is loaded. */
  static void begin() {
    if (System.getProperty(PLACE) == null) {
      try {
        System.setProperty(PLACE, Files.createTempFile("collapsar-spark-", ".log").toString());
      } catch (IOException e) {
        // Without a file nothing is kept; the line itself says what failed.
      }
    }
  }

  static void end(int code) {
    place().filter(file -> code == 0 || file.toFile().length() == 0).ifPresent(SparkLog::remove);
  }

  private static void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Path> place() {
    return Optional.ofNullable(System.getProperty(PLACE)).map(Path::of);
  }

  /**
   * What the work gives.
   *
   * @throws InvalidInputException in one line, for whatever Spark and its readers throw; the trace
   *     is in the log
   */
  static <T> T heard(Callable<T> work) throws Exception {
    try {
      return work.call();
    } catch (InvalidInputException e) {
      throw e;
    } catch (Exception e) {
      if (!isOfSpark(e)) {
        throw e;
      }
      throw new InvalidInputException(said(e) + kept(e), e);
    }
  }

  private static boolean isOfSpark(Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      boolean thrown =
          Arrays.stream(e.getStackTrace())
              .limit(DEEP)
              .anyMatch(frame -> frame.getClassName().startsWith(APACHE));
      if (thrown || e.getClass().getName().startsWith(APACHE)) {
        return true;
      }
    }
    return false;
  }

  /** The innermost words, which say what is wrong with the file. */
  private static String said(Throwable failure) {
    Throwable innermost = failure;
    while (innermost.getCause() != null && innermost.getCause().getMessage() != null) {
      innermost = innermost.getCause();
    }
    String outer = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    String inner = String.valueOf(innermost.getMessage()).lines().findFirst().orElse("");
    if (innermost instanceof ClassNotFoundException) {
      inner = inner.startsWith("Class ") ? inner : "there is no class " + inner;
    }
    Matcher file = FILE.matcher(outer);
    if (file.find()) {
      outer = BadRows.readable(FeatureScan.decoded(file.group(1))) + ": cannot be read";
    }
    return innermost == failure || outer.contains(inner) ? outer : outer + ": " + inner;
  }

  private static String kept(Throwable failure) {
    return place()
        .map(
            file -> {
              try (PrintWriter log =
                  new PrintWriter(
                      Files.newBufferedWriter(
                          file,
                          StandardCharsets.UTF_8,
                          StandardOpenOption.CREATE,
                          StandardOpenOption.APPEND))) {
                failure.printStackTrace(log);
                return " (Spark's log: %s)".formatted(file);
              } catch (IOException e) {
                return "";
              }
            })
        .orElse("");
  }
}
