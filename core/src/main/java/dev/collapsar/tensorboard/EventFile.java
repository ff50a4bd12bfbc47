package dev.collapsar.tensorboard;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * A file of events as TensorBoard reads them: a sequence of TFRecords, each an {@code Event} with a
 * {@code Summary}. Every event is in the file when its method returns.
 *
 * <p>Source: TensorFlow's event.proto and summary.proto, and the format of its record writer:
 * length (u64, little-endian), masked CRC-32C of those eight bytes, data, masked CRC-32C of the
 * data.
 */
public final class EventFile implements AutoCloseable {
  // Fields of Event.
  private static final int WALL_TIME = 1;
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  // Field of Summary, and fields of its Value.
  private static final int VALUE = 1;
  private static final int TAG = 1;
  private static final int SIMPLE_VALUE = 2;
  private static final int IMAGE = 4;
  private static final int HISTOGRAM = 5;
  private static final int TENSOR = 8;
  private static final int METADATA = 9;
  // Fields of TensorProto, and its types of floats and strings.
  private static final int TYPE = 1;
  private static final int SHAPE = 2;
  private static final int FLOATS = 5;
  private static final int STRINGS = 8;
  private static final int OF_FLOATS = 1;
  private static final int OF_STRINGS = 7;

  private static final int WIDTH_IN_PNG = 16;
  private static final int COLOUR_TYPE_IN_PNG = 25;

  private final Path file;
  private final FileChannel out;

  private EventFile(Path file, FileChannel out) {
    this.file = file;
    this.out = out;
  }

  /**
   * Begins a file in this folder, which is made if it does not exist. Files that are there already
   * stay, and TensorBoard shows their events and the new ones as one run's.
   *
   * @param now in the file's name and its first event
   * @throws InvalidInputException if the folder cannot be written
   */
  public static EventFile create(Path folder, Instant now) {
    Path file = folder;
    try {
      Files.createDirectories(folder);
      for (int number = 0; Files.exists(file); number++) {
        file =
            folder.resolve(
                String.format(
                    Locale.ROOT,
                    "events.out.tfevents.%010d.collapsar.%s",
                    now.getEpochSecond(),
                    number));
      }
      FileChannel out =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      EventFile events = new EventFile(file, out);
      events.write(event(now).text(FILE_VERSION, "brain.Event:2"));
      return events;
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  /**
   * A number at a step of the curve of this tag. TensorBoard's are single precision: one that is
   * not finite in it is left out, as infinity would hide the rest of the curve.
   *
   * @return whether it was written
   */
  public boolean scalar(Instant now, long step, String tag, double value) {
    if (!Float.isFinite((float) value)) {
      return false;
    }
    write(now, step, new ProtoMessage().text(TAG, tag).number(SIMPLE_VALUE, (float) value));
    return true;
  }

  /** A text in Markdown. */
  public void text(Instant now, String tag, String markdown) {
    write(now, 0, textValue(tag, markdown));
  }

  private static ProtoMessage textValue(String tag, String text) {
    ProtoMessage tensor =
        new ProtoMessage()
            .integer(TYPE, OF_STRINGS)
            .message(SHAPE, new ProtoMessage())
            .text(STRINGS, text);
    return new ProtoMessage()
        .text(TAG, tag)
        .message(TENSOR, tensor)
        .message(METADATA, metadata("text", new byte[0]));
  }

  /** What a plugin reads from the metadata of an event; its tensor says nothing. */
  void plugin(Instant now, String tag, String plugin, ProtoMessage content) {
    ProtoMessage nothing =
        new ProtoMessage()
            .integer(TYPE, OF_FLOATS)
            .message(SHAPE, new ProtoMessage().message(2, new ProtoMessage().integer(1, 1)))
            .bytes(FLOATS, new byte[Float.BYTES]);
    write(
        now,
        0,
        new ProtoMessage()
            .text(TAG, tag)
            .message(TENSOR, nothing)
            .message(METADATA, metadata(plugin, content.toBytes())));
  }

  private static ProtoMessage metadata(String plugin, byte[] content) {
    ProtoMessage data = new ProtoMessage().text(1, plugin);
    if (content.length > 0) {
      data.bytes(2, content);
    }
    return new ProtoMessage().message(1, data);
  }

  /** How values are spread at a step, in 30 buckets; values that are not finite are left out. */
  public void histogram(Instant now, long step, String tag, float[] values) {
    Histogram spread = Histogram.of(values);
    ProtoMessage histogram =
        new ProtoMessage()
            .number(1, spread.least())
            .number(2, spread.largest())
            .number(3, (double) spread.count())
            .number(4, spread.sum())
            .number(5, spread.sumOfSquares())
            .numbers(6, spread.limits())
            .numbers(7, spread.counts());
    write(now, step, new ProtoMessage().text(TAG, tag).message(HISTOGRAM, histogram));
  }

  /**
   * An image at a step.
   *
   * @param png a whole PNG file
   */
  public void image(Instant now, long step, String tag, byte[] png) {
    ByteBuffer header = ByteBuffer.wrap(png);
    int width = header.getInt(WIDTH_IN_PNG);
    int height = header.getInt(WIDTH_IN_PNG + Integer.BYTES);
    int channels =
        switch (png[COLOUR_TYPE_IN_PNG]) {
          case 0 -> 1; // grey
          case 4 -> 2; // grey with alpha
          case 6 -> 4; // RGB with alpha
          default -> 3;
        };
    ProtoMessage image =
        new ProtoMessage().integer(1, height).integer(2, width).integer(3, channels).bytes(4, png);
    write(now, step, new ProtoMessage().text(TAG, tag).message(IMAGE, image));
  }

  private void write(Instant now, long step, ProtoMessage value) {
    try {
      write(
          event(now)
              .integer(STEP, step)
              .message(SUMMARY, new ProtoMessage().message(VALUE, value)));
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  private static ProtoMessage event(Instant now) {
    return new ProtoMessage().number(WALL_TIME, now.toEpochMilli() / 1000.0);
  }

  private void write(ProtoMessage event) throws IOException {
    byte[] data = event.toBytes();
    ByteBuffer record =
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES + data.length + Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(data.length);
    record
        .putInt(maskedCrc(record.array(), Long.BYTES))
        .put(data)
        .putInt(maskedCrc(data, data.length))
        .flip();
    while (record.hasRemaining()) {
      out.write(record);
    }
  }

  /** Rotated and moved, since a CRC of data that hold CRCs is a weak one. */
  private static int maskedCrc(byte[] data, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(data, 0, length);
    return Integer.rotateRight((int) checksum.getValue(), 15) + 0xa282ead8;
  }

  private static InvalidInputException unwritable(Path place, IOException e) {
    return InvalidInputException.because("--tensorboard: " + place + " cannot be written", e);
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }
}
