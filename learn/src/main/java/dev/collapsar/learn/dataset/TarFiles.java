package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.InputFile;
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
import org.apache.commons.compress.archivers.tar.TarUtils;

/** The files of an uncompressed tar, read where they lie in it. */
final class TarFiles implements StoredFiles {
  private static final Set<Byte> PLAIN =
      Set.of(TarConstants.LF_NORMAL, TarConstants.LF_OLDNORM, TarConstants.LF_CONTIG);

  private static final Set<Byte> LONG_NAMES =
      Set.of(
          TarConstants.LF_GNUTYPE_LONGNAME,
          TarConstants.LF_GNUTYPE_LONGLINK,
          TarConstants.LF_PAX_EXTENDED_HEADER_LC,
          TarConstants.LF_PAX_EXTENDED_HEADER_UC,
          TarConstants.LF_PAX_GLOBAL_EXTENDED_HEADER);
  private static final int LONGEST_NAME = 1 << 20;
  private static final int BLOCK = 512;
  private static final int SIZE_AT = 124;
  private static final int SIZE_LENGTH = 12;
  private static final int TYPE_AT = 156;

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
    InputFile.require(tar);
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
      throw InvalidInputException.because(tar + ": is no tar, or a damaged one", e);
    }
  }

  private static void list(
      Path tar, FileChannel channel, TreeMap<String, Piece> files, List<String> folders)
      throws IOException {
    requireUncompressed(tar, channel);
    requireSaneHeaders(tar, channel);
    for (TarArchiveEntry entry : entries(tar)) {
      String name = ArchivePath.inside(tar, entry.getName());
      if (entry.isDirectory()) {
        folders.add(name);
      } else if (PLAIN.contains(entry.getLinkFlag()) && !entry.isSparse()) {
        if (files.put(name, new Piece(entry.getDataOffset(), entry.getSize())) != null) {
          throw ArchivePath.bad(tar, name, "stands there twice");
        }
      } else if (StoredFiles.isImage(name)) {
        throw ArchivePath.bad(
            tar,
            name,
            entry.isSparse()
                ? "is stored as a sparse file; make the tar without --sparse"
                : "is a link or a special file, only plain files are read");
      }
    }
  }

  private static List<TarArchiveEntry> entries(Path tar) throws IOException {
    try (TarFile listing = new TarFile(tar.toFile(), StandardCharsets.UTF_8.name())) {
      return listing.getEntries();
    } catch (RuntimeException e) {
      // The library meets some damaged headers with an exception of its own making.
      throw new IOException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * The names of GNU's and PAX's long entries are read as a whole, and a sparse file's map too:
   * refused before anything is, where they are longer than any path. A tar that ends without its
   * mark was cut between two entries, and would lose images in silence.
   */
  private static void requireSaneHeaders(Path tar, FileChannel channel) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(BLOCK);
    byte[] bytes = header.array();
    long at = 0;
    while (channel.read(header.clear(), at) == BLOCK) {
      if (at > 0 && Arrays.equals(bytes, new byte[BLOCK])) {
        return; // the end's mark
      }
      long size;
      try {
        size = TarUtils.parseOctalOrBinary(bytes, SIZE_AT, SIZE_LENGTH);
      } catch (IllegalArgumentException e) {
        return; // the library says what is wrong with it
      }
      if (LONG_NAMES.contains(bytes[TYPE_AT]) && size > LONGEST_NAME) {
        throw new InvalidInputException(
            "%s: the entry at byte %s has a name of %s bytes; is no tar, or a damaged one"
                .formatted(tar, at, size));
      }
      if (size < 0 || size > channel.size() - at) {
        return;
      }
      at += BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
    }
    if (at > 0 && at == channel.size()) {
      throw new InvalidInputException(
          tar + ": is cut short: its last entry is whole, but the mark of a tar's end is missing");
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
