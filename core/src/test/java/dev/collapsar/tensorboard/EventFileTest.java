package dev.collapsar.tensorboard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsar.InvalidInputException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.framework.DataType;
import org.tensorflow.framework.HistogramProto;
import org.tensorflow.framework.Summary;
import org.tensorflow.util.Event;

/** Reads the files back with TensorFlow's own message classes, and a reader of TFRecords here. */
class EventFileTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.250Z");

  @TempDir private Path folder;

  @Test
  void theFirstEventNamesTheVersionAndTheTime() throws IOException {
    EventFile.create(folder, NOW).close();
    Event first = read(only()).get(0);
    assertEquals("brain.Event:2", first.getFileVersion());
    assertEquals(NOW.toEpochMilli() / 1000.0, first.getWallTime());
    assertTrue(only().getFileName().toString().startsWith("events.out.tfevents.1767323045."));
  }

  @Test
  void scalarsAreWrittenWithTheirStepAndTag() throws IOException {
    try (EventFile file = EventFile.create(folder, NOW)) {
      file.scalar(NOW, 0, "adapt/nc1_pinv", 0.5);
      file.scalar(NOW, 300, "adapt/nc1_pinv/layer1.α", -1e-20);
    }
    List<Event> events = read(only());
    assertEquals(3, events.size());
    Summary.Value first = events.get(1).getSummary().getValue(0);
    assertEquals(0, events.get(1).getStep());
    assertEquals("adapt/nc1_pinv", first.getTag());
    assertEquals(0.5f, first.getSimpleValue());
    Summary.Value second = events.get(2).getSummary().getValue(0);
    assertEquals(300, events.get(2).getStep());
    assertEquals("adapt/nc1_pinv/layer1.α", second.getTag());
    assertEquals(-1e-20f, second.getSimpleValue());
  }

  @Test
  void whatSinglePrecisionCannotHoldIsLeftOut() throws IOException {
    try (EventFile file = EventFile.create(folder, NOW)) {
      assertFalse(file.scalar(NOW, 2, "base/nc2g_riesz", 1.8e70));
      assertFalse(file.scalar(NOW, 3, "base/nc2g_riesz", Double.NEGATIVE_INFINITY));
      assertTrue(file.scalar(NOW, 4, "base/nc2g_riesz", Float.MAX_VALUE));
    }
    List<Event> events = read(only());
    assertEquals(2, events.size());
    assertEquals(Float.MAX_VALUE, events.get(1).getSummary().getValue(0).getSimpleValue());
  }

  @Test
  void aTextIsAStringWithoutShape() throws IOException {
    try (EventFile file = EventFile.create(folder, NOW)) {
      file.text(NOW, "run/notes", "* one");
    }
    Summary.Value said = read(only()).get(1).getSummary().getValue(0);
    assertEquals("text", said.getMetadata().getPluginData().getPluginName());
    assertEquals(DataType.DT_STRING, said.getTensor().getDtype());
    assertEquals(0, said.getTensor().getTensorShape().getDimCount());
    assertEquals("* one", said.getTensor().getStringVal(0).toStringUtf8());
  }

  @Test
  void anImageIsItsPngWithSizeAndChannels() throws IOException {
    byte[] grey = png(BufferedImage.TYPE_BYTE_GRAY);
    byte[] colour = png(BufferedImage.TYPE_3BYTE_BGR);
    try (EventFile file = EventFile.create(folder, NOW)) {
      file.image(NOW, 0, "base/7", grey);
      file.image(NOW, 0, "base/8", colour);
    }
    List<Event> events = read(only());
    Summary.Image image = events.get(1).getSummary().getValue(0).getImage();
    assertEquals(5, image.getWidth());
    assertEquals(3, image.getHeight());
    assertEquals(1, image.getColorspace());
    assertArrayEquals(grey, image.getEncodedImageString().toByteArray());
    assertEquals(3, events.get(2).getSummary().getValue(0).getImage().getColorspace());
  }

  @Property(tries = 100)
  void aHistogramCountsEveryFiniteValueOnceAndInItsBucket(@ForAll @Size(max = 60) float[] values) {
    Histogram histogram = Histogram.of(values);
    double[] finite = finite(values);
    assertEquals(finite.length, histogram.count());
    assertEquals(finite.length, histogram.counts().stream().mapToDouble(Double::doubleValue).sum());
    assertEquals(Arrays.stream(finite).sum(), histogram.sum(), Math.abs(histogram.sum()) * 1e-9);
    assertEquals(histogram.limits().stream().sorted().toList(), histogram.limits());
    double upTo = 0;
    for (int i = 0; i < histogram.limits().size(); i++) {
      upTo += histogram.counts().get(i);
      double limit = histogram.limits().get(i);
      double slack = (histogram.largest() - histogram.least()) * 1e-9;
      long below = Arrays.stream(finite).filter(v -> v < limit - slack).count();
      long within = Arrays.stream(finite).filter(v -> v <= limit + slack).count();
      assertTrue(below <= upTo && upTo <= within, "bucket " + i);
    }
  }

  @Test
  void aHistogramReadsBack() throws IOException {
    float[] values = {-1, 0, 0, 0.5f, 2, Float.NaN, Float.POSITIVE_INFINITY};
    try (EventFile file = EventFile.create(folder, NOW)) {
      file.histogram(NOW, 4, "weights", values);
      file.histogram(NOW, 4, "none", new float[] {Float.NaN});
    }
    HistogramProto histogram = read(only()).get(1).getSummary().getValue(0).getHisto();
    assertEquals(-1, histogram.getMin());
    assertEquals(2, histogram.getMax());
    assertEquals(5, histogram.getNum());
    assertEquals(1.5, histogram.getSum());
    assertEquals(5.25, histogram.getSumSquares());
    assertEquals(30, histogram.getBucketLimitCount());
    assertEquals(2, histogram.getBucketLimit(29));
    assertEquals(1, histogram.getBucket(0));
    assertEquals(2, histogram.getBucket(10));
    assertEquals(1, histogram.getBucket(15));
    assertEquals(1, histogram.getBucket(29));
    assertEquals(0, read(only()).get(2).getSummary().getValue(0).getHisto().getBucketCount());
  }

  @Test
  void aSecondFileOfTheSameSecondTakesAnotherName() throws IOException {
    EventFile.create(folder, NOW).close();
    EventFile.create(folder, NOW).close();
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(2, files.count());
    }
  }

  @Test
  void aFolderThatCannotBeMadeIsRefusedInOneLine() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class, () -> EventFile.create(file.resolve("base"), NOW));
    assertTrue(
        e.getMessage().startsWith("--tensorboard: " + file.resolve("base") + " cannot be written"),
        e.getMessage());
  }

  @Test
  void theChecksumHereIsThatOfItsPublishedVectors() {
    // RFC 3720, B.4.
    assertEquals(0x8a9136aa, crc32c(new byte[32]));
    byte[] ascending = new byte[32];
    for (int i = 0; i < 32; i++) {
      ascending[i] = (byte) i;
    }
    assertEquals(0x46dd794e, crc32c(ascending));
  }

  private Path only() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findFirst().orElseThrow();
    }
  }

  /** A TFRecord reader from the format's definition. */
  static List<Event> read(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Event> events = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] length = new byte[8];
      in.get(length);
      assertEquals(masked(crc32c(length)), in.getInt(), "checksum of the length");
      byte[] data =
          new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      in.get(data);
      assertEquals(masked(crc32c(data)), in.getInt(), "checksum of the data");
      events.add(parsed(data));
    }
    return events;
  }

  private static Event parsed(byte[] data) throws InvalidProtocolBufferException {
    Event event = Event.parseFrom(data);
    assertTrue(event.getUnknownFields().asMap().isEmpty(), "unknown fields");
    return event;
  }

  private static int masked(int crc) {
    return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
  }

  /** Castagnoli's polynomial, bit by bit. */
  private static int crc32c(byte[] data) {
    int crc = ~0;
    for (byte b : data) {
      crc ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
      }
    }
    return ~crc;
  }

  private static byte[] png(int type) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(5, 3, type), "png", out);
    return out.toByteArray();
  }

  private static double[] finite(float[] values) {
    double[] wide = new double[values.length];
    Arrays.setAll(wide, i -> values[i]);
    return Arrays.stream(wide).filter(Double::isFinite).toArray();
  }
}
