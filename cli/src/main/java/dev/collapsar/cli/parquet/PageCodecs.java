package dev.collapsar.cli.parquet;

import dev.collapsar.InvalidInputException;
import io.airlift.compress.Decompressor;
import io.airlift.compress.lz4.Lz4Decompressor;
import io.airlift.compress.snappy.SnappyDecompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/** Unpacks the pages of Parquet files in Java alone: snappy, gzip, zstd and lz4_raw. */
final class PageCodecs implements CompressionCodecFactory {
  /** Fills the whole of {@code to}, or tells how much of it. */
  private interface Unpacking {
    int unpack(byte[] from, byte[] to) throws IOException;
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
    return switch (codec) {
      case UNCOMPRESSED -> new Pages((from, to) -> copied(from, to));
      case SNAPPY -> new Pages(with(new SnappyDecompressor()));
      case GZIP -> new Pages(PageCodecs::inflated);
      case ZSTD -> new Pages(with(new ZstdDecompressor()));
      case LZ4_RAW -> new Pages(with(new Lz4Decompressor()));
      default ->
          throw new InvalidInputException(
              "its pages are compressed by %s, read are snappy, gzip, zstd, lz4_raw and none"
                  .formatted(codec));
    };
  }

  private static Unpacking with(Decompressor decompressor) {
    return (from, to) -> decompressor.decompress(from, 0, from.length, to, 0, to.length);
  }

  private static int copied(byte[] from, byte[] to) {
    System.arraycopy(from, 0, to, 0, Math.min(from.length, to.length));
    return from.length;
  }

  private static int inflated(byte[] from, byte[] to) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(from))) {
      int count = in.readNBytes(to, 0, to.length);
      return in.read() < 0 ? count : count + 1;
    }
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName codec) {
    throw new UnsupportedOperationException("files are read alone");
  }

  @Override
  public void release() {}

  /** As long as its header says, or damaged. */
  private record Pages(Unpacking unpacking) implements BytesInputDecompressor {
    @Override
    public BytesInput decompress(BytesInput page, int size) throws IOException {
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      page.writeAllTo(packed);
      return BytesInput.from(unpacked(packed.toByteArray(), size));
    }

    @Override
    public void decompress(ByteBuffer page, int packed, ByteBuffer into, int size)
        throws IOException {
      byte[] bytes = new byte[packed];
      page.get(bytes);
      into.put(unpacked(bytes, size));
    }

    private byte[] unpacked(byte[] packed, int size) throws IOException {
      byte[] page = new byte[size];
      int count = unpacking.unpack(packed, page);
      if (count != size) {
        throw new IOException(
            "a page of %s bytes unpacks to %s%s"
                .formatted(size, count, count > size ? " or more" : ""));
      }
      return page;
    }

    @Override
    public void release() {}
  }
}
