package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/** The files below a folder. */
record FolderFiles(Path folder, List<String> files, List<String> folders) implements StoredFiles {
  static FolderFiles of(Path folder) {
    List<String> files = new ArrayList<>();
    List<String> folders = new ArrayList<>();
    try (Stream<Path> all = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
      all.forEach(
          path -> {
            List<String> parts = new ArrayList<>();
            folder.relativize(path).forEach(part -> parts.add(part.toString()));
            (Files.isDirectory(path) ? folders : files).add(String.join("/", parts));
          });
    } catch (IOException e) {
      throw unreadable(folder, e);
    } catch (UncheckedIOException e) {
      throw unreadable(folder, e.getCause());
    }
    Collections.sort(files);
    Collections.sort(folders);
    return new FolderFiles(folder, files, folders);
  }

  /** What lies somewhere below it may be at fault. */
  private static InvalidInputException unreadable(Path folder, IOException e) {
    if (e instanceof FileSystemLoopException loop) {
      return new InvalidInputException(loop.getFile() + ": is a link to a folder that it lies in");
    }
    String place = e instanceof FileSystemException of ? of.getFile() : folder.toString();
    return InvalidInputException.because(place + ": cannot be read", e);
  }

  @Override
  public byte[] read(int i) throws IOException {
    StoredFiles.requireSensible(Files.size(regular(i)));
    return head(i, Math.toIntExact(LARGEST_FILE));
  }

  @Override
  public byte[] head(int i, int most) throws IOException {
    Path file = regular(i);
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(most);
    } catch (AccessDeniedException e) {
      throw new IOException("may not be read", e);
    }
  }

  private Path regular(int i) throws IOException {
    Path file = folder.resolve(files.get(i));
    if (!Files.isRegularFile(file)) {
      throw new IOException("is no regular file"); // a pipe would block for ever
    }
    return file;
  }

  @Override
  public void close() {}
}
