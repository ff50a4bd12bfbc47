package dev.collapsar.report;

import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.run.Descriptors;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.update.Intruders;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Numbers beside their chance levels, less their noise, and accuracies with their intervals. */
final class EvidenceSection {
  private static final List<Column> CHANCE =
      List.of(Column.MEDIAN, Column.MEAN, Column.CLOSED_FORM);
  private static final List<Column> CORRECTED = List.of(Column.CORRECTED);
  private static final String DASH = "–";

  private final List<BesideNumbers> subjects;
  private final Descriptors descriptors;

  EvidenceSection(List<VariantSeries> subjects, Descriptors descriptors) {
    this.subjects =
        subjects.stream()
            .flatMap(s -> Stream.concat(Stream.of(s), s.inOtherStages().stream()))
            .map(s -> BesideNumbers.of(s, descriptors))
            .toList();
    this.descriptors = descriptors;
  }

  void write(Html html) {
    accuracies(html);
    List<BesideNumbers> measured =
        subjects.stream()
            .filter(s -> !s.having(CHANCE).isEmpty() || !s.having(CORRECTED).isEmpty())
            .toList();
    if (measured.isEmpty()) {
      return;
    }
    html.open("section").element("h2", "Beside chance");
    html.element(
        "p.intro",
        "After the last epoch: each number, what chance gives in its place (median and where 95% of"
            + " the draws lie, or by a formula), and the number less the noise of the samples with"
            + " its 95% interval. Under permuted labels a small p says that labels say something of"
            + " the features; it says nothing about collapse, and a network that is barely better"
            + " than guessing has one as well. Of a network's complete training set the number"
            + " itself is the value: there is no noise to take off. Overlaps of an update with the"
            + " class means stand beside turned updates of the same size; near collapse updates"
            + " under any labels overlap as much. p is two-sided.");
    html.open("div.pairs");
    for (int i = 0; i < measured.size(); i++) {
      html.raw(i == measured.size() - 1 ? "<details open>" : "<details>");
      html.open("summary").open("h3");
      SummarySection.swatch(html, measured.get(i).subject());
      html.text(measured.get(i).subject().label()).close("h3").close("summary");
      chance(html, measured.get(i));
      html.close("details");
    }
    html.close("div").close("section");
  }

  private void chance(Html html, BesideNumbers of) {
    Map<String, String> reasons = new LinkedHashMap<>();
    boolean corrected =
        of.having(List.of(Column.CORRECTED)).stream()
            .anyMatch(
                key -> of.at(key, Column.CORRECTED).filter(row -> row.value() != null).isPresent());
    List<String> names = List.of("value", "by chance", "95% of chance", "over chance", "z", "p");
    head(
        html,
        "measure",
        corrected ? Stream.concat(names.stream(), Stream.of("less noise")).toList() : names);
    for (MetricHistory.Key key : of.columns().keySet()) {
      if (isShown(key) && (of.having(CHANCE).contains(key) || of.having(CORRECTED).contains(key))) {
        row(html, of, key, corrected, reasons);
      }
    }
    html.close("tbody").close("table").close("div");
    reasons.forEach((reason, ids) -> html.element("p.caption", ids + ": " + reason + "."));
  }

  /** Where updates of single layers point stands in tables of the layers. */
  private boolean isShown(MetricHistory.Key key) {
    return key.layer().isEmpty()
        || descriptors.of(key.metric()).group() != MetricInfo.Group.ALIGNMENT;
  }

  private void row(
      Html html,
      BesideNumbers of,
      MetricHistory.Key key,
      boolean corrected,
      Map<String, String> reasons) {
    MetricInfo info = descriptors.of(key.metric());
    html.open("tr").open("th", "scope", "row", "title", info.meaning()).text(info.title() + " ");
    MetricCaption.link(html, key.metric(), key.layer());
    html.close("th");
    cell(html, of.number(key), row -> SummarySection.text(info, row));
    cell(html, level(of, key), row -> SummarySection.text(info, row));
    html.element(
        "td.num", range(of.at(key, Column.LOW), of.at(key, Column.HIGH), info).orElse(DASH));
    cell(html, of.at(key, Column.RATIO), row -> Numbers.brief(row.value()));
    cell(html, of.at(key, Column.Z), row -> z(row.value()));
    cell(html, of.at(key, Column.P), row -> p(row.value()));
    if (corrected) {
      corrected(html, of, key, info);
    }
    html.close("tr");
    if (key.metric().equals(Intruders.INFO.id())) {
      of.number(key)
          .map(RunRecord.Row::note)
          .ifPresent(note -> reasons.merge(note, key.metric(), EvidenceSection::joined));
    }
    for (Column column : List.of(Column.CORRECTED, Column.CORRECTED_LOW, Column.MEDIAN, Column.Z)) {
      of.at(key, column)
          .filter(row -> row.value() == null)
          .ifPresent(row -> reasons.merge(row.note(), key.metric(), EvidenceSection::joined));
    }
  }

  /** The first level that there is: a formula's where nothing was drawn. */
  private static Optional<RunRecord.Row> level(BesideNumbers of, MetricHistory.Key key) {
    List<RunRecord.Row> levels = CHANCE.stream().flatMap(c -> of.at(key, c).stream()).toList();
    return levels.stream()
        .filter(row -> row.value() != null)
        .findFirst()
        .or(() -> levels.stream().findFirst());
  }

  private static String joined(String ids, String id) {
    return List.of(ids.split(", ")).contains(id) ? ids : ids + ", " + id;
  }

  private static void corrected(
      Html html, BesideNumbers of, MetricHistory.Key key, MetricInfo info) {
    Optional<RunRecord.Row> value = of.at(key, Column.CORRECTED);
    html.open("td.num");
    if (value.isPresent() && value.get().value() != null) {
      html.text(SummarySection.text(info, value.get()));
      range(of.at(key, Column.CORRECTED_LOW), of.at(key, Column.CORRECTED_HIGH), info)
          .ifPresent(interval -> html.element("small", interval));
    } else {
      html.text(DASH);
    }
    html.close("td");
  }

  private void accuracies(Html html) {
    List<Column> interval = List.of(Column.INTERVAL_LOW);
    if (subjects.stream().allMatch(s -> s.having(interval).isEmpty())) {
      return;
    }
    // Nothing is forgotten where no variant began as another ended.
    List<Column> exchanged =
        Stream.of(Column.FORGOTTEN, Column.GAINED)
            .filter(column -> subjects.stream().anyMatch(s -> !s.having(List.of(column)).isEmpty()))
            .toList();
    html.open("section").element("h2", "How sure the accuracies are");
    html.element(
        "p.intro",
        "After the last epoch, with Wilson's 95% intervals. Changes are from the run's first"
            + " variant, sample by sample on the same test set: the interval is Bonett and Price's,"
            + " p McNemar's two-sided mid-p. All of it is of this run: another seed trains another"
            + " network, which no interval over test samples knows.");
    head(
        html,
        "accuracy",
        Stream.concat(
                Stream.of("variant", "accuracy", "95%", "change", "95%", "p"),
                exchanged.stream().map(column -> column.name().toLowerCase(Locale.ROOT)))
            .toList());
    for (BesideNumbers of : subjects) {
      for (MetricHistory.Key key : of.having(interval)) {
        accuracy(html, of, key, exchanged);
      }
    }
    html.close("tbody").close("table").close("div").close("section");
  }

  private void accuracy(
      Html html, BesideNumbers of, MetricHistory.Key key, List<Column> exchanged) {
    MetricInfo info = descriptors.of(key.metric());
    html.open("tr").element("th", info.title(), "scope", "row").open("td");
    SummarySection.swatch(html, of.subject());
    html.text(of.subject().label()).close("td");
    cell(html, of.number(key), row -> Numbers.percent(row.value()));
    html.element(
        "td.num",
        range(of.at(key, Column.INTERVAL_LOW), of.at(key, Column.INTERVAL_HIGH), info)
            .orElse(DASH));
    cell(html, of.at(key, Column.CHANGE), row -> Numbers.points(row.value()));
    Optional<RunRecord.Row> low = of.at(key, Column.CHANGE_LOW);
    Optional<RunRecord.Row> high = of.at(key, Column.CHANGE_HIGH);
    html.element(
        "td.num",
        low.isPresent() && high.isPresent()
            ? Numbers.points(low.get().value()) + " to " + Numbers.points(high.get().value())
            : DASH);
    cell(html, of.at(key, Column.CHANGE_P), row -> p(row.value()));
    exchanged.forEach(
        column -> cell(html, of.at(key, column), row -> Numbers.percent(row.value())));
    html.close("tr");
  }

  private static void head(Html html, String first, List<String> names) {
    html.open("div.scroll").open("table.summary").open("thead").open("tr");
    html.element("th", first, "scope", "col");
    names.forEach(
        name -> html.element(name.equals("variant") ? "th" : "th.num", name, "scope", "col"));
    html.close("tr").close("thead").open("tbody");
  }

  private static void cell(
      Html html, Optional<RunRecord.Row> row, Function<RunRecord.Row, String> text) {
    if (row.isPresent() && row.get().value() == null) {
      html.element("td.num", DASH, "title", row.get().note());
    } else {
      html.element("td.num", row.map(text).orElse(DASH));
    }
  }

  private static Optional<String> range(
      Optional<RunRecord.Row> low, Optional<RunRecord.Row> high, MetricInfo info) {
    boolean known =
        low.isPresent()
            && high.isPresent()
            && low.get().value() != null
            && high.get().value() != null;
    return known
        ? Optional.of(
            SummarySection.text(info, low.get()) + " to " + SummarySection.text(info, high.get()))
        : Optional.empty();
  }

  /** What is less, a law that holds about does not tell apart. */
  private static String p(double value) {
    return value < 0.001 ? "< .001" : fixed("%.2g", value);
  }

  /** Of a null without variation to speak of it has any number of digits. */
  private static String z(double value) {
    return Math.abs(value) < 1000 ? fixed("%.1f", value) : Numbers.brief(value);
  }

  private static String fixed(String format, double value) {
    return String.format(Locale.ROOT, format, value).replace("-", "−");
  }
}
