package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whether what the pages of the project lead to is there. */
class DocumentsTest {
  private static final Path PROJECT = Path.of("..");
  private static final Path DOCS = PROJECT.resolve("docs");
  private static final Pattern CODE = Pattern.compile("(?s)```.*?```");
  private static final Pattern WORDS_OF_CODE = Pattern.compile("`[^`\\n]*`");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

  @Test
  void everyLinkLeadsToAFileAndAHeadingThatAreThere() throws IOException {
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Path page : pages()) {
      for (String link : links(page)) {
        links++;
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
        boolean there = Files.exists(target);
        if (!there || parts.length == 2 && !headings(target).contains(parts[1])) {
          broken.add(page + " leads to " + link);
        }
      }
    }
    assertEquals(List.of(), broken);
    assertTrue(links > 40, "only %s links were seen".formatted(links));
  }

  @Test
  void everyPageIsReachedFromTheIndexAndEveryPictureIsShown() throws IOException {
    List<Path> ofIndex = targets(DOCS.resolve("README.md"));
    List<Path> ofAll = new ArrayList<>();
    for (Path page : pages()) {
      ofAll.addAll(targets(page));
    }
    List<Path> lost = new ArrayList<>();
    try (Stream<Path> all = Files.walk(DOCS)) {
      for (Path file : all.filter(Files::isRegularFile).map(Path::normalize).toList()) {
        boolean page = file.toString().endsWith(".md") && !file.endsWith("README.md");
        boolean picture = file.toString().endsWith(".png");
        if (page && !ofIndex.contains(file) || picture && !ofAll.contains(file)) {
          lost.add(file);
        }
      }
    }
    assertEquals(List.of(), lost);
  }

  private static List<Path> targets(Path page) throws IOException {
    return links(page).stream()
        .map(link -> page.resolveSibling(link.replaceFirst("#.*", "")).normalize())
        .toList();
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> own = Files.list(PROJECT);
        Stream<Path> docs = Files.list(DOCS)) {
      return Stream.concat(own, docs).filter(file -> file.toString().endsWith(".md")).toList();
    }
  }

  /** Those within the project. */
  private static List<String> links(Path page) throws IOException {
    String text = CODE.matcher(Files.readString(page)).replaceAll("");
    return LINK.matcher(WORDS_OF_CODE.matcher(text).replaceAll(""))
        .results()
        .map(found -> found.group(1))
        .filter(link -> !link.matches("[a-z]+:.*"))
        .toList();
  }

  /** As anchors: small letters, hyphens for spaces, nothing else. */
  private static List<String> headings(Path page) throws IOException {
    return HEADING
        .matcher(CODE.matcher(Files.readString(page)).replaceAll(""))
        .results()
        .map(found -> found.group(1).toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\w\\- ]", "").replace(' ', '-'))
        .toList();
  }
}
