package dev.collapsar.board;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Where a board's page finds the pages of runs and studies. */
interface Links {
  /** A server makes the page of any run that has a record. */
  Links SERVED =
      new Links() {
        @Override
        public String run(RunFolders.Folder run) {
          return "/run?run=" + encoded(run.name());
        }

        @Override
        public String study(String name, RunFolders.Folder one) {
          boolean written = Files.isRegularFile(one.path().resolveSibling("study.html"));
          return written ? "/study?study=" + encoded(name) : "";
        }
      };

  /** The page of a run, or null. */
  String run(RunFolders.Folder run);

  /**
   * The page of a study, or empty.
   *
   * @param one of its runs
   */
  String study(String name, RunFolders.Folder one);

  /** A file links to the files that are there. */
  static Links ofFiles(Path from, Path directory) {
    return new Links() {
      @Override
      public String run(RunFolders.Folder run) {
        return Files.isRegularFile(run.path().resolve("report.html"))
            ? to(directory.resolve(run.name()).resolve("report.html"))
            : null;
      }

      @Override
      public String study(String name, RunFolders.Folder one) {
        return Files.isRegularFile(one.path().resolveSibling("study.html"))
            ? to(directory.resolve(name).resolve("study.html"))
            : "";
      }

      private String to(Path file) {
        Path absolute = file.toAbsolutePath().normalize();
        if (!from.getRoot().equals(absolute.getRoot())) {
          return absolute.toUri().toString(); // of another drive there is no relative path
        }
        return Arrays.stream(from.relativize(absolute).toString().split("[/\\\\]"))
            .map(Links::encoded)
            .collect(Collectors.joining("/", "./", ""));
      }
    };
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
