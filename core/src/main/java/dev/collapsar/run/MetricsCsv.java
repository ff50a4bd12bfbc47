package dev.collapsar.run;

import dev.collapsar.CsvLine;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The layout of metrics.csv: tidy, one number a row, fields quoted as in RFC 4180, lines end in LF.
 */
final class MetricsCsv {
  private static final String HEADER = "variant,stage,epoch,layer,metric,value,note";

  private static final String CLASS_HEADER =
      "variant,stage,epoch,layer,class,samples,spread,mean_norm,cos_weights,decided,neare"
          + "st_mean_hits,classifier_hits";

  private MetricsCsv() {}

  /** A function of the rows, in their order; a value reads back to the same double. */
  static String format(List<RunRecord.Row> rows) {
    return Stream.concat(Stream.of(HEADER), rows.stream().map(MetricsCsv::line))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /** The layout of classes.csv: likewise, a class a row; what is unknown is empty. */
  static String formatClasses(List<RunRecord.ClassRow> rows) {
    return Stream.concat(
            Stream.of(CLASS_HEADER),
            rows.stream()
                .map(
                    row ->
                        CsvLine.of(
                            Stream.of(
                                    row.variant(),
                                    row.stage(),
                                    row.epoch(),
                                    row.layer(),
                                    row.label(),
                                    row.samples(),
                                    row.spread(),
                                    row.norm(),
                                    row.cosine(),
                                    row.decided(),
                                    row.nearestMeanHits(),
                                    row.classifierHits())
                                .map(field -> field == null ? "" : field.toString()))))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static String line(RunRecord.Row row) {
    return CsvLine.of(row.fields());
  }
}
