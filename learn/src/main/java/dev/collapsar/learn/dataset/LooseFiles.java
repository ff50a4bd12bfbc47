package dev.collapsar.learn.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Files that were named one by one. */
record LooseFiles(List<Path> paths) implements StoredFiles {
  @Override
  public List<String> files() {
    return paths.stream().map(path -> path.toString().replace('\\', '/')).toList();
  }

  @Override
  public List<String> folders() {
    return List.of();
  }

  @Override
  public byte[] read(int i) throws IOException {
    StoredFiles.requireSensible(Files.size(paths.get(i)));
    return head(i, Math.toIntExact(LARGEST_FILE));
  }

  @Override
  public byte[] head(int i, int most) throws IOException {
    try (InputStream in = Files.newInputStream(paths.get(i))) {
      return in.readNBytes(most);
    }
  }

  @Override
  public void close() {}
}
