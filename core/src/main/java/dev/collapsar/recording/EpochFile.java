package dev.collapsar.recording;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * A file of one epoch. Its number is the last one in the file's name ({@code epoch-007.npz}, {@code
 * resnet18_e7.safetensors}).
 */
public record EpochFile(int epoch, Path file) {
  private static final Pattern NUMBER = Pattern.compile("(\\d+)(?!.*\\d)");
  private static final String WILD = "*?[{";

  /**
   * The files that match a glob, in the order of their numbers.
   *
   * @param option the option's name, for a refusal
   * @param glob a path whose last part, or whose last parts, hold {@code *}, {@code ?}, {@code
   *     [..]} or {@code {..,..}}; or the path of one file
   * @throws InvalidInputException if none matches, a name has no number, or two have the same
   */
  public static List<EpochFile> matching(String option, String glob) {
    List<EpochFile> files = present(option, glob);
    if (files.isEmpty()) {
      throw new InvalidInputException("%s %s: matches no file".formatted(option, glob));
    }
    return files;
  }

  /** The same, none if none is there yet. */
  public static List<EpochFile> present(String option, String glob) {
    List<Path> paths = paths(option, glob);
    Map<Integer, Path> byEpoch = new HashMap<>();
    List<EpochFile> files = new ArrayList<>();
    for (Path path : paths) {
      int epoch = number(option, path);
      Path other = byEpoch.put(epoch, path);
      if (other != null) {
        throw new InvalidInputException(
            ("%s %s: both %s and %s are epoch %s; narrow the pattern, or record them"
                    + " under another --variant")
                .formatted(option, glob, other, path, epoch));
      }
      files.add(new EpochFile(epoch, path));
    }
    files.sort(Comparator.comparingInt(EpochFile::epoch));
    return List.copyOf(files);
  }

  /** The epoch as it is spelled in the file's name, such as {@code 007}. */
  public String spelled() {
    String name = stem(file);
    Matcher matcher = NUMBER.matcher(name);
    return matcher.find() ? matcher.group(1) : Integer.toString(epoch);
  }

  /** What changes when the file is written to: its length and when. */
  public String state() {
    try {
      return Files.size(file) + " " + Files.getLastModifiedTime(file);
    } catch (IOException e) {
      throw InvalidInputException.because(file + " cannot be read", e);
    }
  }

  /** Of the file's bytes, in hex. */
  public String sha256() {
    try {
      return Sha256.of(file);
    } catch (IOException e) {
      throw InvalidInputException.because(file + " cannot be read", e);
    }
  }

  /** The last number in the file's name, without its extension. */
  private static int number(String option, Path path) {
    Matcher matcher = NUMBER.matcher(stem(path));
    try {
      if (matcher.find()) {
        return Integer.parseInt(matcher.group(1));
      }
    } catch (NumberFormatException e) {
      // too large for an epoch: said below
    }
    throw new InvalidInputException(
        ("%s: the name of %s holds no number of an epoch (such as epoch-12.npz); give it"
                + " by --epoch N")
            .formatted(option, path));
  }

  private static String stem(Path path) {
    String name = path.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  private static List<Path> paths(String option, String glob) {
    int wild = firstWild(glob);
    if (wild < 0) {
      Path only = Path.of(glob);
      return Files.exists(only) ? List.of(only) : List.of();
    }
    int slash = glob.lastIndexOf('/', wild);
    Path folder = Path.of(slash < 0 ? "." : slash == 0 ? "/" : glob.substring(0, slash));
    String rest = glob.substring(slash + 1);
    int depth = rest.split("/").length;
    try {
      PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + rest);
      if (!Files.isDirectory(folder)) {
        return List.of();
      }
      try (Stream<Path> all = Files.walk(folder, depth)) {
        return all.filter(path -> matcher.matches(folder.relativize(path)))
            .filter(Files::isRegularFile)
            .map(path -> slash < 0 ? folder.relativize(path) : path)
            .sorted()
            .toList();
      }
    } catch (PatternSyntaxException | InvalidPathException e) {
      throw new InvalidInputException(
          "%s %s: is no pattern of files (%s)".formatted(option, glob, e.getMessage()));
    } catch (IOException e) {
      throw InvalidInputException.because("%s %s: %s".formatted(option, glob, folder), e);
    } catch (UncheckedIOException e) { // of a folder below
      throw InvalidInputException.because(
          "%s %s: %s".formatted(option, glob, e.getCause().getMessage()), e.getCause());
    }
  }

  private static int firstWild(String glob) {
    for (int i = 0; i < glob.length(); i++) {
      if (WILD.indexOf(glob.charAt(i)) >= 0) {
        return i;
      }
    }
    return -1;
  }
}
