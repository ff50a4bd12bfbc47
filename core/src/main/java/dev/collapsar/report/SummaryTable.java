package dev.collapsar.report;

import dev.collapsar.Spelling;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.Descriptors;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Row;
import dev.collapsar.run.RunRecord.Variant;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/** A run in a few lines of text: each variant with what it cost and where it ended. */
public final class SummaryTable {
  private static final int COLUMNS = 5; // what a terminal has room for

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
    StringBuilder table = new StringBuilder();
    table.append(String.format(Locale.ROOT, "%n%-12s %12s", "variant", "trainable"));
    shown.forEach(metric -> table.append(String.format(Locale.ROOT, " %16s", metric)));
    table.append(String.format(Locale.ROOT, " %9s%n", "seconds"));
    for (VariantSeries subject : subjects) {
      Variant variant = subject.variant();
      table.append(String.format(Locale.ROOT, "%-12s %,12d", variant.name(), variant.trainable()));
      shown.forEach(
          metric -> table.append(String.format(Locale.ROOT, " %16s", end(subject, metric))));
      double seconds = subject.trainSeconds() + subject.measureSeconds();
      table.append(String.format(Locale.ROOT, " %9.1f%n", seconds));
    }
    if (record.status() != RunRecord.Status.COMPLETE) {
      table.append(Spelling.of(record.status())).append(System.lineSeparator());
    }
    return table.toString();
  }

  private static String end(VariantSeries subject, String metric) {
    OptionalDouble end = subject.end(metric);
    return end.isPresent() ? String.format(Locale.ROOT, "%.4f", end.getAsDouble()) : "-";
  }
}
