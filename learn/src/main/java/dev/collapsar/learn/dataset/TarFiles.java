package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.tar.TarFile;

/** The files of an uncompressed tar, read where they lie in it. */
final class TarFiles implements StoredFiles {
  private static final Set<Byte> PLAIN =
      Set.of(TarConstants.LF_NORMAL, TarConstants.LF_OLDNORM, TarConstants.LF_CONTIG);

  /** Where a file's bytes are. */
  private record Piece(long from, long length) {}

  private final FileChannel channel;
  private final List<String> files;
  private final List<String> folders;
  private final List<Piece> pieces;

  private TarFiles(FileChannel channel, TreeMap<String, Piece> files, List<String> folders) {
    this.channel = channel;
    this.files = List.copyOf(files.keySet());
    this.pieces = List.copyOf(files.values());
    this.folders = folders;
  }

  static TarFiles of(Path tar) {
    TreeMap<String, Piece> files = new TreeMap<>();
    List<String> folders = new ArrayList<>();
    try {
      FileChannel channel = FileChannel.open(tar, StandardOpenOption.READ);
      try {
        list(tar, channel, files, folders);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
      return new TarFiles(channel, files, folders);
    } catch (IOException e) {
      throw new InvalidInputException(tar + ": is no tar, or a damaged one: " + e.getMessage(), e);
    }
  }

  private static void list(
      Path tar, FileChannel channel, TreeMap<String, Piece> files, List<String> folders)
      throws IOException {
    requireUncompressed(tar, channel);
    try (TarFile listing = new TarFile(tar.toFile(), StandardCharsets.UTF_8.name())) {
      for (TarArchiveEntry entry : listing.getEntries()) {
        String name = ArchivePath.inside(tar, entry.getName());
        if (entry.isDirectory()) {
          folders.add(name);
        } else if (PLAIN.contains(entry.getLinkFlag()) && !entry.isSparse()) {
          if (files.put(name, new Piece(entry.getDataOffset(), entry.getSize())) != null) {
            throw ArchivePath.bad(tar, name, "stands there twice");
          }
        } else if (StoredFiles.isImage(name)) {
          throw ArchivePath.bad(
              tar, name, "is a link or a special file, only plain files are read");
        }
      }
    }
  }

  private static void requireUncompressed(Path tar, FileChannel channel) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(6);
    channel.read(start, 0);
    byte[] magic = start.array();
    for (byte[] compressed :
        List.of(
            new byte[] {0x1f, (byte) 0x8b},
            new byte[] {'B', 'Z', 'h'},
            new byte[] {(byte) 0xfd, '7', 'z'},
            new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd})) {
      if (Arrays.equals(magic, 0, compressed.length, compressed, 0, compressed.length)) {
        throw new InvalidInputException(
            tar + ": is compressed; unpack it to a .tar or a folder (images hardly shrink)");
      }
    }
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
    StoredFiles.requireSensible(pieces.get(i).length);
    return head(i, Math.toIntExact(LARGEST_FILE));
  }

  @Override
  public byte[] head(int i, int most) throws IOException {
    Piece piece = pieces.get(i);
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(most, piece.length));
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, piece.from + bytes.position()) < 0) {
        throw new EOFException("the archive ends before it does");
      }
    }
    return bytes.array();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
