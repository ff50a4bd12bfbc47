package dev.collapsar.learn.checkpoint;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * The form since PyTorch 1.6: a zip archive with {@code <root>/data.pkl} and one entry {@code
 * <root>/data/<key>} for each storage.
 */
final class ZipTorchFile implements TorchFile, StorageBytes.Source {
  private static final String PICKLE = "/data.pkl";

  private final ZipFile zip;
  private final String folder;
  private final StorageBytes bytes;
  private final Object root;

  ZipTorchFile(Path path) throws IOException {
    bytes = new StorageBytes(this, Files.size(path));
    zip = opened(path);
    try {
      ZipEntry pickle = pickle();
      String name = pickle.getName();
      folder = name.substring(0, name.length() - PICKLE.length() + 1);
      requireLittleEndian();
      bytes.charge(pickle.getSize());
      try (InputStream in = new BufferedInputStream(zip.getInputStream(pickle))) {
        root = Pickle.read(new PickleInput(in, pickle.getSize()), new HashMap<>());
      }
    } catch (IOException | RuntimeException e) {
      zip.close();
      throw e;
    }
  }

  /** A zip archive keeps its directory at its end: what is cut short has none. */
  private static ZipFile opened(Path path) throws IOException {
    try {
      return new ZipFile(path.toFile());
    } catch (ZipException e) {
      throw new IOException("is cut short or damaged, as a zip archive: " + e.getMessage(), e);
    }
  }

  private ZipEntry pickle() throws IOException {
    try {
      return zip.stream()
          .map(ZipEntry.class::cast)
          .filter(entry -> entry.getName().endsWith(PICKLE))
          .findFirst()
          .orElseThrow(() -> new IOException("a zip archive without a data.pkl"));
    } catch (IllegalArgumentException e) {
      throw badName(e);
    }
  }

  private ZipEntry entry(String name) throws IOException {
    try {
      return zip.getEntry(folder + name);
    } catch (IllegalArgumentException e) {
      throw badName(e);
    }
  }

  /** What ZipFile throws where it decodes the names of entries. */
  private static IOException badName(IllegalArgumentException cause) {
    return new IOException("a zip archive with a name that is no UTF-8", cause);
  }

  private void requireLittleEndian() throws IOException {
    ZipEntry entry = entry("byteorder");
    if (entry != null) {
      try (InputStream in = zip.getInputStream(entry)) {
        String order = new String(in.readNBytes(16), StandardCharsets.US_ASCII).strip();
        if (!order.equals("little")) {
          throw new IOException("byte order '%s'; only 'little' is read".formatted(order));
        }
      }
    }
  }

  @Override
  public Object root() {
    return root;
  }

  @Override
  public StorageBytes bytes() {
    return bytes;
  }

  @Override
  public void load(Storage storage, ByteBuffer into) throws IOException {
    ZipEntry entry = entry("data/" + storage.key());
    if (entry == null) {
      throw new IOException("storage %s is missing".formatted(storage.key()));
    }
    try (InputStream in = zip.getInputStream(entry)) {
      into.position(in.readNBytes(into.array(), 0, into.capacity()));
    }
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
