package dev.collapsar.study;

import dev.collapsar.CsvLine;
import dev.collapsar.run.RunRecord;
import java.util.List;
import java.util.stream.Stream;

/**
 * The layout of study.csv: tidy, one number a row, of all complete runs. What tells the runs apart
 * comes first: the run, each setting that differs, both seeds.
 */
final class StudyCsv {
  private static final List<String> SEEDS = List.of("seed", "adapt_seed");
  private static final List<String> COLUMNS =
      List.of("variant", "stage", "epoch", "layer", "metric", "value", "note");

  private StudyCsv() {}

  static String format(RunSet set) {
    StringBuilder text = new StringBuilder();
    Stream<String> axes = set.axes().stream().map(Axis::key);
    line(text, Stream.of(Stream.of("run"), axes, SEEDS.stream(), COLUMNS.stream()).flatMap(s -> s));
    for (StudyRun run : set.complete()) {
      List<String> own =
          Stream.of(
                  Stream.of(run.name()),
                  set.values(run).values().stream(),
                  Stream.of(
                      Long.toString(run.seed()),
                      run.adaptSeed().isPresent()
                          ? Long.toString(run.adaptSeed().getAsLong())
                          : ""))
              .flatMap(s -> s)
              .toList();
      run.record().measurements().forEach(row -> line(text, own, row));
    }
    return text.toString();
  }

  private static void line(StringBuilder text, List<String> run, RunRecord.Row row) {
    line(text, Stream.concat(run.stream(), row.fields()));
  }

  private static void line(StringBuilder text, Stream<String> fields) {
    text.append(CsvLine.of(fields)).append('\n');
  }
}
