package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Digits, streams of chance and keys are the same whatever language the machine speaks. */
class RootLocaleTest {
  private static final List<String> MODULES = List.of("core", "learn", "command", "cli", "spark");
  private static final Pattern WITHOUT_LOCALE =
      Pattern.compile(
          "String\\.format\\(\\s*+(?!Locale)|\\.printf\\(\\s*\"|to(Lower|Upper)Case\\(\\)");
  private static final Pattern NUMBER =
      Pattern.compile("\"[^\"]*(?<!%)%(\\d+\\$)?[-#+ 0,(]*\\d*(\\.\\d+)?[doxXeEfgGaA][^\"]*\"");

  @Test
  void nothingIsWrittenInTheMachinesLanguage() throws IOException {
    List<String> found = new ArrayList<>();
    for (String module : MODULES) {
      try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "main", "java"))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          String source = Files.readString(file);
          Matcher bare = WITHOUT_LOCALE.matcher(source);
          while (bare.find()) {
            found.add(file.getFileName() + ": " + bare.group());
          }
          for (String statement : source.split("[;{}]")) {
            int at = statement.indexOf(".formatted(");
            if (at >= 0
                && !statement.contains("Locale.ROOT")
                && NUMBER.matcher(statement.substring(0, at)).find()) {
              found.add(file.getFileName() + ": " + statement.strip());
            }
          }
        }
      }
    }
    assertEquals(List.of(), found);
  }
}
