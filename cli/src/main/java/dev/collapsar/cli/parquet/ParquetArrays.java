package dev.collapsar.cli.parquet;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ArrayFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.ColumnReadStore;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.DummyRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.schema.MessageType;

/**
 * The columns of a Parquet file as arrays: one of lists of numbers, all as long as the first, is
 * (N, D); plain columns of numbers are the {@code features} (N, D) together unless there are lists,
 * but one with a usual name of labels; each column of text is an array of its own name. A column of
 * anything else is left out, which is said. Takes the memory of one row group.
 */
public final class ParquetArrays implements ArrayFormat {
  private static final byte[] MAGIC = {'P', 'A', 'R', '1'};

  @Override
  public boolean isOf(Path file, byte[] start) {
    if (start.length < MAGIC.length) {
      return false;
    }
    for (int i = 0; i < MAGIC.length; i++) {
      if (start[i] != MAGIC[i]) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void unpack(Path file, Unpacked into) {
    into.hint(
        "a column of lists is an array; plain columns of numbers are features together, but one"
            + " called label, y, target or class");
    try (ParquetFileReader reader =
        ParquetFileReader.open(
            new LocalInputFile(file),
            ParquetReadOptions.builder(new PlainParquetConfiguration())
                .withCodecFactory(new PageCodecs())
                .usePageChecksumVerification()
                .build())) {
      read(reader, into);
    } catch (IOException | RuntimeException e) { // whatever a damaged file makes of its reader
      throw damaged(into, e);
    } catch (OutOfMemoryError e) {
      throw into.bad(
          "is damaged, or a row group of it needs more memory than there is: %s", e.getMessage());
    }
  }

  private static InvalidInputException damaged(Unpacked into, Throwable e) {
    Throwable first = e;
    while (first.getCause() != null) {
      first = first.getCause();
    }
    if (first instanceof InvalidInputException said) {
      return said.getMessage().contains(into.name()) ? said : into.bad("%s", said.getMessage());
    }
    String said = first.getMessage() == null ? "" : first.getMessage().strip();
    String reason = said.lines().findFirst().orElse(first.getClass().getSimpleName());
    return into.bad(
        "is damaged, or no Parquet file that is read here: %s",
        reason.replaceFirst("^\\S*InputFile@\\S+ ", ""));
  }

  private static void read(ParquetFileReader reader, Unpacked into) throws IOException {
    MessageType schema = reader.getFileMetaData().getSchema();
    if (reader.getRecordCount() == 0) {
      throw into.bad("has no rows");
    }
    List<ParquetColumn> columns = new ArrayList<>();
    schema.getColumns().forEach(leaf -> columns.add(new ParquetColumn(leaf)));
    List<ColumnSink> sinks = ColumnSink.of(columns, into);
    if (sinks.isEmpty()) {
      throw into.bad("has no column of numbers, text, or lists of numbers");
    }
    long row = 0;
    for (PageReadStore group = reader.readNextRowGroup();
        group != null;
        group = reader.readNextRowGroup()) {
      ColumnReadStore store =
          new ColumnReadStoreImpl(
              group,
              new DummyRecordConverter(schema).getRootConverter(),
              schema,
              reader.getFileMetaData().getCreatedBy());
      List<ColumnReader> readers = new ArrayList<>();
      sinks.forEach(sink -> readers.add(store.getColumnReader(sink.column().leaf())));
      for (long end = row + group.getRowCount(); row < end; row++) {
        for (int i = 0; i < readers.size(); i++) {
          sinks.get(i).take(readers.get(i), row);
        }
      }
    }
    sinks.forEach(ColumnSink::end);
  }
}
