package dev.collapsar.cli.output;

import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.learn.run.Progress;

/** Shows how far the reading of tables or files is, once it has taken a while. */
public final class Reading implements AutoCloseable {
  private static final long SILENT_NANOSECONDS = 2_000_000_000L;

  private final Progress progress;
  private final String task;
  private final long begun = System.nanoTime();
  private long total;
  private long done;
  private Progress.Bar bar;

  public Reading(Progress progress, String task) {
    this.progress = progress;
    this.task = task;
  }

  /** More will be read than was known. */
  public synchronized void expect(long more) {
    total += more;
  }

  public synchronized void advance(long steps) {
    done += steps;
    if (bar != null) {
      bar.advance(steps, "");
    } else if (System.nanoTime() - begun > SILENT_NANOSECONDS) {
      bar = progress.bar(task, Math.max(total, done));
      bar.advance(done, "");
    }
  }

  /** The same table, whose rows are counted as they are read. */
  public FeatureTable watch(FeatureTable table) {
    expect(table.rows());
    return new Watched(table);
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
    }
  }

  private final class Watched implements FeatureTable {
    private final FeatureTable table;
    private long begunPasses;

    Watched(FeatureTable table) {
      this.table = table;
    }

    @Override
    public String name() {
      return table.name();
    }

    @Override
    public long rows() {
      return table.rows();
    }

    @Override
    public int width() {
      return table.width();
    }

    @Override
    public double magnitude() {
      return table.magnitude();
    }

    @Override
    public BatchSource read(long from, long to, int batchRows) {
      if (from == 0 && begunPasses++ > 0) {
        expect(rows());
      }
      return table
          .read(from, to, batchRows)
          .map(
              batch -> {
                advance(batch.rows());
                return batch;
              });
    }

    @Override
    public void close() {
      table.close();
    }
  }
}
