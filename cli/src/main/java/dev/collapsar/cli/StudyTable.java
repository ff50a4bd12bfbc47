package dev.collapsar.cli;

import dev.collapsar.inference.Interval;
import dev.collapsar.inference.SeedValues;
import dev.collapsar.report.TextTable;
import dev.collapsar.study.Answer;
import dev.collapsar.study.Cell;
import dev.collapsar.study.Study;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A study in a terminal: its notes, its hypotheses, and a few numbers of every arm. */
final class StudyTable {
  private static final List<String> SHOWN =
      List.of("accuracy_shifted", "accuracy_test", "nc1_pinv", "nc1_quot", "nc2_etf_err");

  private StudyTable() {}

  static String of(Study study) {
    StringBuilder text = new StringBuilder();
    study.notes().forEach(note -> text.append(note).append(System.lineSeparator()));
    TextTable numbers = new TextTable("arm", "metric", "n", "mean", "low", "high");
    for (Cell cell : study.cells()) {
      if (SHOWN.contains(cell.key().metric()) && cell.means().count() > 0) {
        SeedValues values = cell.means().values().orElseThrow();
        Optional<Interval> interval = values.interval();
        numbers.row(
            cell.arm().label(),
            (cell.key().metric() + " " + cell.key().layer()).strip(),
            Integer.toString(values.count()),
            brief(values.mean()),
            interval.map(i -> brief(i.low())).orElse("-"),
            interval.map(i -> brief(i.high())).orElse("-"));
      }
    }
    text.append(numbers.folded());
    for (Answer answer : study.answers()) {
      text.append(
          "%s: %s: %s%n"
              .formatted(
                  answer.hypothesis().title(),
                  answer.contrast().arm().label(),
                  answer
                      .contrast()
                      .conclusion()
                      .name()
                      .toLowerCase(Locale.ROOT)
                      .replace('_', ' ')));
    }
    return text.toString();
  }

  private static String brief(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }
}
