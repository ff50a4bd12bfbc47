package dev.collapsar.spark;

import dev.collapsar.data.LabeledBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/**
 * A Parquet file of labelled features, in the form that is read fastest: no nulls, no dictionary,
 * no compression of what does not compress, and row groups that a task reads in a few seconds.
 */
final class ParquetOutput implements AutoCloseable {
  static final String LABEL = "label";
  static final String FEATURES = "features";
  private static final long ROW_GROUP_BYTES = 32L << 20;

  private final ParquetWriter<Integer> writer;
  private LabeledBatch batch;

  /**
   * @param out is not closed
   * @param labelled whether there is a column of labels
   */
  ParquetOutput(OutputStream out, boolean doubles, boolean labelled) throws IOException {
    writer =
        new Builder(out, new Rows(doubles, labelled))
            .withRowGroupSize(ROW_GROUP_BYTES)
            .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
            .withDictionaryEncoding(false)
            .build();
  }

  void write(LabeledBatch rows) throws IOException {
    batch = rows;
    for (int i = 0; i < rows.rows(); i++) {
      writer.write(i);
    }
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }

  /** Writes a row of the batch by its number. */
  private final class Rows extends WriteSupport<Integer> {
    private final boolean doubles;
    private final boolean labelled;
    private RecordConsumer to;

    Rows(boolean doubles, boolean labelled) {
      this.doubles = doubles;
      this.labelled = labelled;
    }

    @Override
    @SuppressWarnings("deprecation") // abstract, and its successor calls it
    public WriteContext init(Configuration configuration) {
      Types.MessageTypeBuilder schema = Types.buildMessage();
      if (labelled) {
        schema.required(PrimitiveTypeName.INT32).named(LABEL);
      }
      PrimitiveTypeName element = doubles ? PrimitiveTypeName.DOUBLE : PrimitiveTypeName.FLOAT;
      MessageType message =
          schema.requiredList().requiredElement(element).named(FEATURES).named("collapsar");
      return new WriteContext(message, Map.of());
    }

    @Override
    public void prepareForWrite(RecordConsumer consumer) {
      to = consumer;
    }

    @Override
    public void write(Integer row) {
      int at = batch.start() + row;
      int field = 0;
      to.startMessage();
      if (labelled) {
        to.startField(LABEL, field);
        to.addInteger(batch.labels()[at]);
        to.endField(LABEL, field++);
      }
      to.startField(FEATURES, field);
      to.startGroup();
      to.startField("list", 0);
      for (int j = at * batch.width(); j < (at + 1) * batch.width(); j++) {
        to.startGroup();
        to.startField("element", 0);
        if (doubles) {
          to.addDouble(batch.doubles()[j]);
        } else {
          to.addFloat(batch.floats()[j]);
        }
        to.endField("element", 0);
        to.endGroup();
      }
      to.endField("list", 0);
      to.endGroup();
      to.endField(FEATURES, field);
      to.endMessage();
    }
  }

  private static final class Builder extends ParquetWriter.Builder<Integer, Builder> {
    private final Rows rows;

    Builder(OutputStream out, Rows rows) {
      super(new Sink(out));
      this.rows = rows;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    @SuppressWarnings("deprecation") // abstract, and its successor calls it
    protected WriteSupport<Integer> getWriteSupport(Configuration configuration) {
      return rows;
    }
  }

  /** A stream that knows its position, as Parquet wants it. */
  private record Sink(OutputStream out) implements OutputFile {
    @Override
    public PositionOutputStream create(long blockSize) {
      return new PositionOutputStream() {
        private long position;

        @Override
        public long getPos() {
          return position;
        }

        @Override
        public void write(int b) throws IOException {
          out.write(b);
          position++;
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
          out.write(bytes, from, length);
          position += length;
        }
      };
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSize) {
      return create(blockSize);
    }

    @Override
    public boolean supportsBlockSize() {
      return false;
    }

    @Override
    public long defaultBlockSize() {
      return 0;
    }
  }
}
