package dev.collapsar.report;

import dev.collapsar.run.Descriptors;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.RunRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The end of the page: every class of every variant, and what produced it all. */
final class DetailSections {
  private static final int MOST_TENSORS = 12;

  private final List<NamedRun> runs;
  private final List<VariantSeries> subjects;
  private final Descriptors descriptors;

  DetailSections(List<NamedRun> runs, List<VariantSeries> subjects, Descriptors descriptors) {
    this.runs = runs;
    this.subjects = subjects;
    this.descriptors = descriptors;
  }

  void write(Html html) {
    classifications(html);
    new ClassGeometrySection(subjects).write(html);
    html.open("section.provenance").element("h2", "What produced it");
    if (runs.size() == 2) {
      differences(html);
    }
    for (int i = 0; i < runs.size(); i++) {
      provenance(html, i);
    }
    html.close("section");
  }

  /** A classification and the subject it is of. */
  private record Scored(VariantSeries subject, RunRecord.Classification scores) {}

  /** By the set of samples. */
  private Map<String, List<Scored>> scored() {
    Map<String, List<Scored>> scored = new LinkedHashMap<>();
    for (VariantSeries subject : subjects) {
      for (RunRecord.Classification scores : subject.record().classifications()) {
        if (scores.variant().equals(subject.variant().name())) {
          scored
              .computeIfAbsent(scores.on(), on -> new ArrayList<>())
              .add(new Scored(subject, scores));
        }
      }
    }
    return scored;
  }

  private void classifications(Html html) {
    Map<String, List<Scored>> scored = scored();
    if (scored.isEmpty()) {
      return;
    }
    double worst =
        scored.values().stream()
            .flatMap(List::stream)
            .flatMap(s -> s.scores.classes().stream())
            .flatMap(c -> Stream.of(c.precision(), c.recall(), c.f1()))
            .min(Double::compare)
            .orElse(1.0);
    html.open("section").element("h2", "Class by class");
    html.element(
        "p.intro",
        "Precision, recall and F1 as scikit-learn's classification report has them. The darker a"
            + " cell, the worse; the darkest is "
            + Numbers.brief(worst)
            + ".");
    List<String> order = new ArrayList<>(scored.keySet());
    // What the variants were adapted for comes first and lies open.
    List<String> sets =
        descriptors.accuracies().stream().map(info -> info.headline().samples().set()).toList();
    order.sort(Comparator.comparingInt(on -> sets.contains(on) ? sets.indexOf(on) : sets.size()));
    for (String on : order) {
      html.raw(on.equals(order.get(0)) ? "<details open>" : "<details>");
      html.open("summary").element("h3", "On: " + on).close("summary").open("div.reports");
      for (Scored one : scored.get(on)) {
        table(html, one, worst);
      }
      html.close("div");
      confusions(html, scored.get(on));
      html.close("details");
    }
    html.close("section");
  }

  private static void confusions(Html html, List<Scored> all) {
    html.open("div.reports");
    for (Scored one : all) {
      RunRecord.Classification scores = one.scores;
      if (scores.confusion().isEmpty()) {
        continue;
      }
      List<String> names = scores.classes().stream().map(RunRecord.ClassScore::label).toList();
      List<List<Double>> counts =
          scores.confusion().stream()
              .map(row -> row.stream().map(Long::doubleValue).toList())
              .toList();
      html.open("figure.confusion").open("figcaption");
      SummarySection.swatch(html, one.subject);
      html.text(one.subject.label() + ": what is taken for what").close("figcaption");
      new HeatTable(
              new ReportItem.Heatmap("", "", "true", "taken for", names, names, counts, false))
          .write(html);
      html.close("figure");
    }
    html.close("div");
  }

  private static void table(Html html, Scored scored, double worst) {
    RunRecord.Classification scores = scored.scores;
    // One place of the grid for the table with what the script puts behind it.
    html.open("div").open("div.scroll").open("table.report").open("caption");
    SummarySection.swatch(html, scored.subject);
    html.text(scored.subject.label()).close("caption").open("thead").open("tr");
    html.element("th", "class", "scope", "col");
    for (String name : List.of("precision", "recall", "F1", "support")) {
      html.element("th.num", name, "scope", "col");
    }
    html.close("tr").close("thead").open("tbody");
    scores.classes().forEach(score -> row(html, score.label(), score, worst));
    html.close("tbody").open("tfoot").open("tr").element("th", "accuracy", "scope", "row");
    html.element("td", "").element("td", "").element("td.num", three(scores.accuracy()));
    html.element("td.num", Numbers.count(scores.weighted().support())).close("tr");
    row(html, "macro avg", scores.macro(), Double.NaN);
    row(html, "weighted avg", scores.weighted(), Double.NaN);
    html.close("tfoot").close("table").close("div").close("div");
  }

  private static void row(Html html, String name, RunRecord.ClassScore score, double worst) {
    html.open("tr").element("th", name, "scope", "row");
    for (double value : new double[] {score.precision(), score.recall(), score.f1()}) {
      // From nothing at 1 to full at the worst of all tables, so that tables can be compared.
      double shade = worst < 1 ? (1 - value) / (1 - worst) : 0;
      if (shade > 0) {
        html.element(
            "td.num.shade",
            three(value),
            "style",
            String.format(Locale.ROOT, "--s:%.3f", shade * shade));
      } else {
        html.element("td.num", three(value));
      }
    }
    html.element("td.num", Numbers.count(score.support())).close("tr");
  }

  private static String three(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  private void differences(Html html) {
    html.raw("<details open>").open("summary").element("h3", "What differs").close("summary");
    html.element(
        "pre",
        RecordDiff.between(runs.get(0).record(), runs.get(1).record())
            .toText(runs.get(0).name(), runs.get(1).name(), true));
    html.close("details");
  }

  private void provenance(Html html, int run) {
    RunRecord record = runs.get(run).record();
    RunRecord.Environment environment = record.environment();
    if (runs.size() > 1) {
      html.element("h3", runs.get(run).name());
    }
    html.element("p.intro", "To run it again, from the run's directory:");
    html.element("pre.command", "collapsar run recipe.yaml");
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("seed", Long.toString(record.seed()));
    facts.put("Collapsar", environment.collapsar());
    facts.put("Java", environment.java());
    facts.put("system", environment.os());
    facts.put("processor", environment.cpu());
    facts.put("threads", Integer.toString(environment.threads()));
    facts.put("device", environment.device());
    facts.putAll(environment.natives());
    facts.put("started", record.started().toString());
    facts.put("finished", record.finished() == null ? "not yet" : record.finished().toString());
    facts.put("status", record.status().toString());
    facts(html, facts);

    html.raw("<details>").open("summary").element("h3", "Settings").close("summary");
    Map<String, String> settings = new LinkedHashMap<>();
    record.settings().forEach((key, value) -> settings.put(key, String.valueOf(value)));
    facts(html, settings);
    html.close("details");
    data(html, record);
    timings(html, run);
  }

  private static void facts(Html html, Map<String, String> facts) {
    html.open("dl");
    facts.forEach(
        (name, value) -> html.open("div").element("dt", name).element("dd", value).close("div"));
    html.close("dl");
  }

  private static void data(Html html, RunRecord record) {
    if (record.data().isEmpty()) {
      return;
    }
    html.raw("<details>").open("summary").element("h3", "Data").close("summary");
    html.open("div.scroll").open("table").open("thead").open("tr");
    for (String name : List.of("role", "from", "samples", "shape", "files, by SHA-256")) {
      html.element(name.equals("samples") ? "th.num" : "th", name, "scope", "col");
    }
    html.close("tr").close("thead").open("tbody");
    for (RunRecord.DataSet set : record.data()) {
      html.open("tr").element("th", set.role(), "scope", "row").element("td", set.name());
      html.element("td.num", Numbers.count(set.samples()));
      html.element("td", String.join(" × ", set.shape().stream().map(String::valueOf).toList()));
      html.open("td");
      set.sha256()
          .forEach(
              (file, hash) -> html.open("div.hash").text(file).element("code", hash).close("div"));
      html.close("td").close("tr");
    }
    html.close("tbody").close("table").close("div").close("details");
  }

  /** A whole network has dozens of tensors, which say nothing that their number does not. */
  private static String trained(RunRecord.Variant variant) {
    int tensors = variant.trainableTensors().size();
    return tensors > MOST_TENSORS && variant.trainable() == variant.parameters()
        ? "all %s".formatted(tensors)
        : String.join(", ", variant.trainableTensors());
  }

  private void timings(Html html, int run) {
    html.raw("<details>").open("summary").element("h3", "Timings and parameters").close("summary");
    html.open("div.scroll").open("table").open("thead").open("tr");
    html.element("th", "variant", "scope", "col").element("th", "stage", "scope", "col");
    for (String name : List.of("epochs", "training", "measuring", "parameters", "trained")) {
      html.element("th.num", name, "scope", "col");
    }
    html.element("th", "trained tensors", "scope", "col");
    html.close("tr").close("thead").open("tbody");
    for (VariantSeries subject : subjects.stream().filter(s -> s.run() == run).toList()) {
      RunRecord.Variant variant = subject.variant();
      html.open("tr").element("th", variant.name(), "scope", "row").element("td", variant.stage());
      html.element("td.num", Integer.toString(subject.epochs().size()));
      html.element("td.num", Numbers.seconds(subject.trainSeconds()));
      html.element("td.num", Numbers.seconds(subject.measureSeconds()));
      html.element("td.num", Numbers.count(variant.parameters()));
      html.element("td.num", Numbers.count(variant.trainable()));
      html.open("td").element("code", trained(variant)).close("td").close("tr");
    }
    html.close("tbody").close("table").close("div").close("details");
  }
}
