package dev.collapsar.report;

import dev.collapsar.Spelling;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.Descriptors;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A run in a few lines of text: each variant with what it cost and where it ended. */
public final class SummaryTable {
  private static final int COLUMNS = 5; // as many as one takes in at a glance

  private SummaryTable() {}

  /**
   * One line a variant under a line of headings; numbers are those of its last epoch, "-" where a
   * variant has none or it is undefined, and of the representation where there are taps besides.
   * The first five of the numbers that sum a run up have a column, as far as a variant has them.
   */
  public static String of(RunRecord record) {
    Set<String> measured =
        record.measurements().stream().map(Row::metric).collect(Collectors.toSet());
    List<VariantSeries> subjects = VariantSeries.of(List.of(new NamedRun("", record)));
    List<String> shown =
        new Descriptors(subjects.stream().map(VariantSeries::record))
            .headlines().stream()
                .map(MetricInfo::id)
                .filter(measured::contains)
                .limit(COLUMNS)
                .toList();
    TextTable table =
        new TextTable(
            Stream.of(Stream.of("variant", "trainable"), shown.stream(), Stream.of("seconds"))
                .flatMap(names -> names)
                .toArray(String[]::new));
    subjects.forEach(subject -> table.row(row(subject, shown)));
    String status =
        record.status() == RunRecord.Status.COMPLETE
            ? ""
            : Spelling.of(record.status()) + System.lineSeparator();
    return System.lineSeparator() + table.folded() + status;
  }

  private static String[] row(VariantSeries subject, List<String> shown) {
    List<String> cells = new ArrayList<>();
    cells.add(subject.variant().name());
    cells.add(String.format(Locale.ROOT, "%,d", subject.variant().trainable()));
    shown.forEach(metric -> cells.add(end(subject, metric)));
    double seconds = subject.trainSeconds() + subject.measureSeconds();
    cells.add(String.format(Locale.ROOT, "%.1f", seconds));
    return cells.toArray(String[]::new);
  }

  private static String end(VariantSeries subject, String metric) {
    OptionalDouble end = subject.end(metric);
    return end.isPresent() ? String.format(Locale.ROOT, "%.4f", end.getAsDouble()) : "-";
  }
}
