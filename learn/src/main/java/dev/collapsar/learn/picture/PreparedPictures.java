package dev.collapsar.learn.picture;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Sha256;
import dev.collapsar.learn.picture.Picture.Look;
import dev.collapsar.learn.picture.Picture.Wanted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * Pictures that were made of photographs, in a file that outlives the process: one that goes on
 * where another was killed need not decode them again. They are found by the content of their files
 * and what was wanted of them. For several threads.
 *
 * <p>The file is one record a picture: key (32), width (4), height (4), marks (1), CRC-32 of the
 * pixels (8), pixels. It ends with the last record that is whole in length; a picture whose pixels
 * do not have their CRC is not there.
 */
public final class PreparedPictures implements AutoCloseable {
  private static final int KEY = 32;
  private static final int HEAD = KEY + 4 + 4 + 1 + 8;
  private static final int LARGEST_SIDE = 1 << 16;

  /** Decoding what is smaller takes no longer than reading it here. */
  private static final int SMALLEST_FILE = 1 << 18;

  private static final int GREY = 1;
  private static final int TRANSPARENT = 2;
  private static final int TURNED = 4;

  private final Optional<Path> file;
  private final Map<String, Long> places = new HashMap<>();
  private FileChannel channel; // null until there is a first picture
  private long end;

  private PreparedPictures(Optional<Path> file) {
    this.file = file;
  }

  /**
   * Those of an earlier process, if the file exists; it is made with the first picture. Without a
   * file none is found, and none kept.
   *
   * @throws InvalidInputException if it cannot be read
   */
  public static PreparedPictures in(Optional<Path> file) {
    PreparedPictures pictures = new PreparedPictures(file);
    try {
      if (file.filter(Files::exists).isPresent()) {
        pictures.channel = FileChannel.open(file.get(), READ, WRITE);
        pictures.index();
      }
      return pictures;
    } catch (IOException e) {
      throw pictures.unread(e);
    }
  }

  private InvalidInputException unread(IOException e) {
    return InvalidInputException.because(file.orElseThrow() + ": cannot be read", e);
  }

  /** Whether pictures of files of so many bytes are kept. */
  public boolean keeps(int bytes) {
    return file.isPresent() && bytes >= SMALLEST_FILE;
  }

  private void index() throws IOException {
    while (end + HEAD <= channel.size()) {
      ByteBuffer head = read(end, HEAD);
      byte[] key = new byte[KEY];
      head.get(key);
      long pixels = pixels(head.getInt(), head.getInt(), head.get());
      if (pixels <= 0 || end + HEAD + pixels > channel.size()) {
        return;
      }
      places.put(HexFormat.of().formatHex(key), end);
      end += HEAD + pixels;
    }
  }

  /** 0 if no picture is like that. */
  private static long pixels(int width, int height, int marks) {
    boolean sane = width > 0 && height > 0 && width <= LARGEST_SIDE && height <= LARGEST_SIDE;
    return sane ? (long) width * height * ((marks & GREY) != 0 ? 1 : 3) : 0;
  }

  private ByteBuffer read(long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes, at + bytes.position()) >= 0) {
      // A read may stop early.
    }
    return bytes.flip();
  }

  /**
   * The picture that was made of a file's content.
   *
   * @param sha256 of the file
   * @throws InvalidInputException if it cannot be read
   */
  public synchronized Optional<Picture> find(String sha256, Wanted wanted) {
    Long place = places.get(key(sha256, wanted));
    if (place == null) {
      return Optional.empty();
    }
    try {
      ByteBuffer head = read(place, HEAD).position(KEY);
      int width = head.getInt();
      int height = head.getInt();
      int marks = head.get();
      byte[] planes = new byte[Math.toIntExact(pixels(width, height, marks))];
      read(place + HEAD, planes.length).get(planes);
      Look look =
          new Look(
              width,
              height,
              (marks & GREY) != 0,
              (marks & TRANSPARENT) != 0,
              (marks & TURNED) != 0);
      return crc(planes) == head.getLong()
          ? Optional.of(new Picture(look, planes))
          : Optional.empty();
    } catch (IOException e) {
      throw unread(e);
    }
  }

  /**
   * Keeps a picture.
   *
   * @throws InvalidInputException if there is no room for it
   */
  public synchronized void add(String sha256, Wanted wanted, Picture picture) {
    Look look = picture.look();
    String key = key(sha256, wanted);
    byte[] planes = picture.planes();
    int marks =
        (look.grey() ? GREY : 0)
            | (look.transparent() ? TRANSPARENT : 0)
            | (look.turned() ? TURNED : 0);
    ByteBuffer record =
        ByteBuffer.allocate(HEAD + planes.length)
            .put(HexFormat.of().parseHex(key))
            .putInt(look.width())
            .putInt(look.height())
            .put((byte) marks)
            .putLong(crc(planes))
            .put(planes)
            .flip();
    try {
      if (channel == null) {
        channel = FileChannel.open(file.orElseThrow(), READ, WRITE, CREATE);
      }
      for (long at = end; record.hasRemaining(); ) {
        at += channel.write(record, at);
      }
    } catch (IOException e) {
      throw InvalidInputException.because(
          file.orElseThrow() + ": images that are decoded cannot be kept", e);
    }
    places.put(key, end);
    end += HEAD + planes.length;
  }

  private static String key(String sha256, Wanted wanted) {
    String what =
        "%s %s %sx%s%s"
            .formatted(
                sha256,
                wanted.how(),
                wanted.height(),
                wanted.width(),
                wanted.keepsFitting() ? " unless it is so large" : "");
    return Sha256.of(what);
  }

  private static long crc(byte[] planes) {
    CRC32 crc = new CRC32();
    crc.update(planes);
    return crc.getValue();
  }

  @Override
  public synchronized void close() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw unread(e);
    }
  }
}
