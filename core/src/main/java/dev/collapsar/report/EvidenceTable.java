package dev.collapsar.report;

import dev.collapsar.calibration.Evidence;
import dev.collapsar.metric.CollapseReport;
import dev.collapsar.metric.Measurement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Chance levels and corrected numbers for eyes, in 80 columns: three digits, reasons below. */
final class EvidenceTable {
  private static final int WIDTH = 80;
  private static final List<String> CHANCE =
      List.of("closed_form", "median", "low", "high", "ratio").stream()
          .map("_null_%s"::formatted)
          .toList();

  private static final String NONE_CORRECTED = "corrected numbers: ";

  private final CollapseReport report;
  private final Evidence evidence;
  private final StringBuilder text = new StringBuilder();
  private final Map<String, String> reasons = new LinkedHashMap<>(); // to the ids, in a line

  EvidenceTable(CollapseReport report, Evidence evidence) {
    this.report = report;
    this.evidence = evidence;
  }

  String text() {
    line("");
    evidence.whole().forEach(this::ofWhole);
    chance();
    corrected();
    evidence.remarks().forEach(this::paragraph);
    return text.toString();
  }

  private void ofWhole(Measurement measurement) {
    Double value = CollapseFormat.value(measurement);
    String note = CollapseFormat.note(measurement);
    line(
        String.format(
            Locale.ROOT,
            "%-22s %13s",
            measurement.id(),
            value == null
                ? "undefined"
                : String.format(Locale.ROOT, value == Math.rint(value) ? "%.0f" : "%.6g", value)));
    if (note != null) {
      paragraph(note);
    }
  }

  private void chance() {
    List<Measurement> numbers =
        report.metrics().values().stream().filter(number -> has(number, "_null_")).toList();
    if (numbers.stream().noneMatch(number -> CHANCE.stream().anyMatch(e -> shows(number, e)))) {
      return;
    }
    line("");
    line(
        String.format(
            Locale.ROOT,
            "%-19s %8s %8s %8s %8s %8s %8s %6s",
            "by chance",
            "formula",
            "median",
            "2.5%",
            "97.5%",
            "value/it",
            "z",
            "p"));
    for (Measurement number : numbers) {
      StringBuilder row = new StringBuilder("%-19s".formatted(number.id()));
      CHANCE.forEach(end -> row.append(" %8s".formatted(shown(number, end))));
      row.append(" %8s".formatted(shown(number, "_z")));
      row.append(" %6s".formatted(shown(number, "_p", "%.2g")));
      line(row.toString());
    }
    flushReasons();
  }

  private void corrected() {
    List<Measurement> numbers =
        report.metrics().values().stream().filter(number -> has(number, "_corrected")).toList();
    if (numbers.isEmpty()
        || evidence.remarks().stream().anyMatch(remark -> remark.startsWith(NONE_CORRECTED))) {
      return; // one reason for all of them, said among the remarks
    }
    line("");
    line(
        String.format(
            Locale.ROOT,
            "%-22s %10s %11s  %s",
            "less sampling noise",
            "value",
            "corrected",
            "95% interval"));
    for (Measurement number : numbers) {
      String low = shown(number, "_corrected_low");
      String high = shown(number, "_corrected_high");
      Double value = CollapseFormat.value(number);
      line(
          String.format(
              Locale.ROOT,
              "%-22s %10s %11s  %s",
              number.id(),
              value == null ? "-" : digits(value, "%.3g"),
              shown(number, "_corrected"),
              low.equals("-") ? "-" : low + " to " + high));
    }
    flushReasons();
  }

  private boolean has(Measurement number, String end) {
    return evidence.of(number.id()).stream()
        .anyMatch(column -> column.id().startsWith(number.id() + end));
  }

  private boolean shows(Measurement number, String end) {
    return evidence.of(number.id()).stream()
        .anyMatch(
            column ->
                column.id().equals(number.id() + end) && CollapseFormat.value(column) != null);
  }

  /** The column's value, or a dash whose reason is told below. */
  private String shown(Measurement number, String end) {
    return shown(number, end, "%.3g");
  }

  private String shown(Measurement number, String end, String format) {
    for (Measurement column : evidence.of(number.id())) {
      if (column.id().equals(number.id() + end)) {
        if (column instanceof Measurement.Defined defined) {
          return digits(defined.value(), format);
        }
        String ids = reasons.getOrDefault(CollapseFormat.note(column), "");
        if (!List.of(ids.split(", ")).contains(number.id())) {
          reasons.put(
              CollapseFormat.note(column), ids.isEmpty() ? number.id() : ids + ", " + number.id());
        }
        return "-";
      }
    }
    return "-";
  }

  private static String digits(double value, String format) {
    String usual = String.format(Locale.ROOT, format, value);
    return usual.length() <= 8 ? usual : String.format(Locale.ROOT, "%.1e", value);
  }

  private void flushReasons() {
    reasons.forEach(
        (reason, ids) -> {
          if (evidence.remarks().stream().noneMatch(remark -> remark.endsWith(reason))) {
            paragraph("- of " + ids + ": " + reason);
          }
        });
    reasons.clear();
  }

  /** Broken into lines of 80 columns, those after the first one indented. */
  private void paragraph(String sentence) {
    StringBuilder line = new StringBuilder();
    for (String word : sentence.split(" ")) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > WIDTH) {
        line(line.toString());
        line.setLength(0);
        line.append(" ");
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    line(line.toString());
  }

  private void line(String line) {
    text.append(line).append(System.lineSeparator());
  }
}
