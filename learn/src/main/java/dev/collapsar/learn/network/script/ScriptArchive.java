package dev.collapsar.learn.network.script;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.InputFile;
import dev.collapsar.learn.network.NetworkCard;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The archive of a TorchScript file, read before LibTorch reads it. A model file is code: every
 * line of its source must be an ordinary computation on tensors, and nothing in it may run at load.
 * What passes here is what LibTorch then sees: names count once, whatever their case, and the
 * archive's directory can be found in one way only.
 */
public final class ScriptArchive {
  private static final long MOST_SOURCE = 64L << 20;
  private static final int MOST_ENTRIES = 1 << 20;
  private static final Pattern CUSTOM_CLASS = Pattern.compile("torch\\.classes\\.([A-Za-z0-9_]*)");
  private static final String CARD = "/extra/" + NetworkCard.KEY;
  private static final String EXPORT =
      "export TorchScript instead: torch.jit.trace(model, example).save(\"model.pt\")";

  private ScriptArchive() {}

  /** Whether a file is an archive of code: TorchScript's, or of {@code torch.export}. */
  public static boolean isScript(Path path) {
    if (!Files.isRegularFile(path)) {
      return false; // whoever reads it says what it is
    }
    try (ZipFile zip = new ZipFile(path.toFile())) {
      return zip.stream()
          .map(ScriptArchive::lower)
          .anyMatch(name -> name.endsWith("/constants.pkl") || name.endsWith("/archive_format"));
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }

  /** The text of the card that a file of ours carries. */
  static Optional<String> card(Path path) {
    try (ZipFile zip = new ZipFile(path.toFile())) {
      Optional<? extends ZipEntry> card =
          zip.stream().filter(entry -> entry.getName().endsWith(CARD)).findFirst();
      return card.isEmpty()
          ? Optional.empty()
          : Optional.of(text(bytes(zip, card.get(), MOST_SOURCE)));
    } catch (IOException e) {
      throw InvalidInputException.because(path + ": cannot be read", e);
    }
  }

  /**
   * Reads all source of the file.
   *
   * @throws InvalidInputException if it is no TorchScript archive, cut short or ambiguous, or if
   *     anything in it is not an ordinary computation on tensors
   */
  static void requireHarmless(Path path) {
    try {
      requireOneDirectory(path);
      try (ZipFile zip = new ZipFile(path.toFile())) {
        List<? extends ZipEntry> entries = zip.stream().limit(MOST_ENTRIES).toList();
        requireNamesOnce(entries);
        requireScript(entries);
        requireHarmless(zip, entries);
      }
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(path + ": has an entry whose name is no UTF-8", e);
    } catch (IOException e) {
      throw new InvalidInputException(
          (path + ": " + e.getMessage()).replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]", "?"), e);
    }
  }

  private static String lower(ZipEntry entry) {
    return entry.getName().toLowerCase(Locale.ROOT);
  }

  /**
   * Readers of zip files look for the directory from the end on, and differ where a comment could
   * hold a second one or the two forms of its record disagree.
   */
  private static void requireOneDirectory(Path path) throws IOException {
    InputFile.require(path);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      if (file.length() < 4 || words(file, 0, 4).getInt(0) != 0x04034b50) {
        throw new IOException("is no zip archive, so no TorchScript; " + EXPORT);
      }
      long end = file.length() - 22;
      ByteBuffer record = end < 0 ? ByteBuffer.allocate(22) : words(file, end, 22);
      if (record.getInt(0) != 0x06054b50 || record.getShort(20) != 0) {
        throw new IOException("is cut short: no directory of the zip archive at its end");
      }
      ByteBuffer locator = end < 20 ? ByteBuffer.allocate(20) : words(file, end - 20, 20);
      if (locator.getInt(0) == 0x07064b50) {
        requireAgreement(record, file, locator.order(ByteOrder.LITTLE_ENDIAN).getLong(8));
      }
    }
  }

  private static void requireAgreement(ByteBuffer record, RandomAccessFile file, long at)
      throws IOException {
    boolean agrees = at >= 0 && at <= file.length() - 98;
    if (agrees) {
      ByteBuffer wide = words(file, at, 56);
      agrees =
          wide.getInt(0) == 0x06064b50
              && agrees(Short.toUnsignedLong(record.getShort(10)), 0xffff, wide.getLong(32))
              && agrees(Integer.toUnsignedLong(record.getInt(12)), 0xffffffffL, wide.getLong(40))
              && agrees(Integer.toUnsignedLong(record.getInt(16)), 0xffffffffL, wide.getLong(48));
    }
    if (!agrees) {
      throw new IOException("has two directories of its zip archive that contradict each other");
    }
  }

  private static boolean agrees(long narrow, long elsewhere, long wide) {
    return narrow == elsewhere || narrow == wide;
  }

  private static ByteBuffer words(RandomAccessFile file, long at, int count) throws IOException {
    byte[] bytes = new byte[count];
    file.seek(at);
    file.readFully(bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** LibTorch finds entries whatever their case. */
  private static void requireNamesOnce(List<? extends ZipEntry> entries) throws IOException {
    Set<String> names = new HashSet<>();
    for (ZipEntry entry : entries) {
      if (!names.add(lower(entry))) {
        throw new IOException("names the entry '%s' twice".formatted(entry.getName()));
      }
    }
  }

  private static void requireScript(List<? extends ZipEntry> entries) throws IOException {
    List<String> names = entries.stream().map(ScriptArchive::lower).toList();
    if (names.stream().anyMatch(name -> name.endsWith("/archive_format"))) {
      throw new IOException("is a .pt2 of torch.export, compiled for Python; " + EXPORT);
    }
    if (names.stream().anyMatch(name -> name.endsWith("/model.json"))) {
      throw new IOException(
          "is TorchScript of before PyTorch 1.4; load and save it with a later one");
    }
    if (names.stream().noneMatch(name -> name.endsWith("/constants.pkl"))) {
      boolean saved = names.stream().anyMatch(name -> name.endsWith("/data.pkl"));
      throw new IOException(
          saved
              ? "is a state dict or a pickled module, which has no code (a state dict goes into"
                  + " base.checkpoint); "
                  + EXPORT
              : "is a zip archive without TorchScript; " + EXPORT);
    }
  }

  private static void requireHarmless(ZipFile zip, List<? extends ZipEntry> entries)
      throws IOException {
    long read = 0;
    for (ZipEntry entry : entries) {
      boolean source = lower(entry).endsWith(".py");
      if (!source && !lower(entry).endsWith(".pkl")) {
        continue;
      }
      byte[] bytes = bytes(zip, entry, MOST_SOURCE - read);
      read += bytes.length;
      Optional<String> problem = source ? SourceScan.problem(text(bytes)) : problemOfPickle(bytes);
      if (problem.isPresent()) {
        throw new IOException(
            "refused unloaded, because a model file is code: %s %s"
                .formatted(entry.getName(), problem.get()));
      }
    }
  }

  private static byte[] bytes(ZipFile zip, ZipEntry entry, long room) throws IOException {
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readNBytes((int) Math.min(room + 1, Integer.MAX_VALUE - 8));
      if (bytes.length > room) {
        throw new IOException("has more than %s MB of source".formatted(MOST_SOURCE >> 20));
      }
      return bytes;
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Objects of C++ classes are made at load by code of theirs; a name may be cut by a newline. */
  private static Optional<String> problemOfPickle(byte[] bytes) {
    String names = new String(bytes, StandardCharsets.ISO_8859_1).replace('\n', '.');
    Matcher matcher = CUSTOM_CLASS.matcher(names);
    while (matcher.find()) {
      if (!matcher.group(1).equals("quantized")) {
        return Optional.of("holds an object of torch.classes.%s".formatted(matcher.group(1)));
      }
    }
    return Optional.empty();
  }
}
