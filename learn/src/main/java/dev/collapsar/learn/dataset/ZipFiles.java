package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The files of a zip. */
final class ZipFiles implements StoredFiles {
  private final ZipFile zip;
  private final List<String> files;
  private final List<String> folders;
  private final List<ZipEntry> entries;

  private ZipFiles(ZipFile zip, TreeMap<String, ZipEntry> files, List<String> folders) {
    this.zip = zip;
    this.files = List.copyOf(files.keySet());
    this.entries = List.copyOf(files.values());
    this.folders = folders;
  }

  static ZipFiles of(Path place) {
    try {
      ZipFile zip = new ZipFile(place.toFile());
      try {
        return listed(place, zip);
      } catch (RuntimeException e) {
        zip.close();
        throw e;
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new InvalidInputException(
          place + ": is no zip, or a damaged one: " + e.getMessage(), e);
    }
  }

  private static ZipFiles listed(Path place, ZipFile zip) {
    TreeMap<String, ZipEntry> files = new TreeMap<>();
    List<String> folders = new ArrayList<>();
    for (ZipEntry entry : Collections.list(zip.entries())) {
      String name = ArchivePath.inside(place, entry.getName());
      if (entry.isDirectory()) {
        folders.add(name);
      } else if (files.put(name, entry) != null) {
        throw ArchivePath.bad(place, name, "stands there twice");
      }
    }
    return new ZipFiles(zip, files, folders);
  }

  @Override
  public List<String> files() {
    return files;
  }

  @Override
  public List<String> folders() {
    return folders;
  }

  @Override
  public byte[] read(int i) throws IOException {
    StoredFiles.requireSensible(entries.get(i).getSize());
    byte[] bytes = head(i, Math.toIntExact(LARGEST_FILE) + 1);
    StoredFiles.requireSensible(bytes.length); // what an entry says of its length may be a lie
    return bytes;
  }

  @Override
  public byte[] head(int i, int most) throws IOException {
    try (InputStream in = zip.getInputStream(entries.get(i))) {
      return in.readNBytes(most);
    }
  }

  @Override
  public void close() {
    try {
      zip.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
