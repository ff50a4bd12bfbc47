package dev.collapsar.report.study;

import dev.collapsar.inference.Interval;
import dev.collapsar.inference.SeedValues;
import dev.collapsar.report.Html;
import dev.collapsar.report.Page;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.study.Answer;
import dev.collapsar.study.Arm;
import dev.collapsar.study.Cell;
import dev.collapsar.study.Hypothesis.Claim;
import dev.collapsar.study.SeedMeans;
import dev.collapsar.study.Seeds;
import dev.collapsar.study.Study;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The top of the page: what was asked, what came of it, and every arm in one table. */
final class StudyOverview {
  private final Study study;
  private final Looks looks;

  StudyOverview(Study study, Looks looks) {
    this.study = study;
    this.looks = looks;
  }

  void write(Html html, String name) {
    html.open("header");
    Page.kicker(html, List.of(study.runs().runs().get(0).record().recipe(), "study"));
    String title = study.question().title();
    html.element("h1", title.isEmpty() ? name : title).element("p.meta", meta());
    html.close("header");
    html.open("section.asked").open("ul.notes");
    study.notes().forEach(note -> html.element("li", note));
    html.close("ul").close("section");
    answers(html);
    glance(html);
  }

  private String meta() {
    List<String> parts = new ArrayList<>();
    int complete = study.runs().complete().size();
    parts.add(complete + (complete == 1 ? " run" : " runs"));
    parts.add("seeds " + Seeds.text(List.copyOf(study.seeds())));
    if (!study.adaptSeeds().isEmpty()) {
      parts.add("of adaptation " + Seeds.text(List.copyOf(study.adaptSeeds())));
    }
    study
        .runs()
        .axes()
        .forEach(axis -> parts.add(axis.key() + " " + String.join(" | ", axis.values())));
    study.question().control().ifPresent(control -> parts.add("control " + control));
    return String.join(" · ", parts);
  }

  private void answers(Html html) {
    if (study.answers().isEmpty()) {
      return;
    }
    Map<String, List<Answer>> byTitle = new LinkedHashMap<>();
    for (Answer answer : study.answers()) {
      byTitle.computeIfAbsent(answer.hypothesis().title(), t -> new ArrayList<>()).add(answer);
    }
    html.open("section").element("h2", "What was claimed, and what the runs say");
    html.element(
        "p.intro",
        ("The claims were fixed before the runs and are one family of %s: their p values"
                + " are adjusted by Holm's procedure, so that the chance of any false finding"
                + " among them is at most .05.")
            .formatted(tests(study.answers().size())));
    html.open("div.verdicts");
    byTitle.forEach((title, answers) -> answer(html, title, answers));
    html.close("div").close("section");
  }

  private static String tests(int count) {
    return count == 1 ? "1 test" : count + " tests";
  }

  private void answer(Html html, String title, List<Answer> answers) {
    html.open("article.verdict").open("div").element("h4", title);
    html.element("p.question", claim(answers.get(0))).close("div").open("div");
    html.element("p.answer", summary(answers)).open("ul");
    for (Answer answer : answers) {
      String facts = String.join("; ", answer.evidence());
      html.element(
          "li",
          looks.name(answer.contrast().arm())
              + ": "
              + fact(answer)
              + (facts.isEmpty() ? "" : "; " + facts));
    }
    html.close("ul").close("div").close("article");
  }

  private static String claim(Answer answer) {
    String metric = answer.hypothesis().metric();
    String against =
        switch (answer.hypothesis().against()) {
          case "start" -> "what it was before the first step";
          case "chance" -> "the mean of its null";
          default -> answer.hypothesis().against();
        };
    return answer.hypothesis().claim() == Claim.UNCHANGED
        ? "Claimed: %s is that of %s, within %s.".formatted(metric, against, margin(answer))
        : "Claimed: %s differs from %s.".formatted(metric, against);
  }

  private static String margin(Answer answer) {
    double margin = answer.contrast().margin().orElse(Double.NaN);
    return answer.contrast().isRatio()
        ? String.format(Locale.ROOT, "a factor of %s", margin)
        : "±" + margin;
  }

  private static String summary(List<Answer> answers) {
    if (answers.size() == 1) {
      return capital(ContrastWords.word(answers.get(0).contrast().conclusion())) + ".";
    }
    Map<String, Long> counts =
        answers.stream()
            .collect(
                Collectors.groupingBy(
                    a -> ContrastWords.word(a.contrast().conclusion()),
                    LinkedHashMap::new,
                    Collectors.counting()));
    return capital(
        counts.entrySet().stream()
                .map(e -> "%s in %s of %s".formatted(e.getKey(), e.getValue(), answers.size()))
                .collect(Collectors.joining(", "))
            + ".");
  }

  private String fact(Answer answer) {
    return new ContrastWords(looks, answer.contrast()).sentence();
  }

  private static String capital(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }

  private void glance(Html html) {
    List<MetricHistory.Key> keys = looks.first();
    Map<List<Object>, Cell> cells = new LinkedHashMap<>();
    study.cells().forEach(cell -> cells.put(List.of(cell.arm(), cell.key()), cell));
    html.open("section").element("h2", "At a glance").open("div.scroll").open("table.summary");
    html.open("thead").open("tr").element("th", "arm", "scope", "col");
    for (MetricHistory.Key key : keys) {
      html.open("th.num", "scope", "col");
      html.text(study.info(key.metric()).title().toLowerCase(Locale.ROOT));
      html.element("code", (key.metric() + " " + key.layer()).strip()).close("th");
    }
    html.close("tr").close("thead").open("tbody");
    for (Arm arm : looks.arms()) {
      html.open("tr").open("th", "scope", "row");
      looks.swatch(html, arm);
      html.text(looks.name(arm)).close("th");
      keys.forEach(key -> cell(html, Optional.ofNullable(cells.get(List.of(arm, key)))));
      html.close("tr");
    }
    html.close("tbody").close("table").close("div");
    html.element("p.caption", glanceCaption()).close("section");
  }

  private String glanceCaption() {
    return study.seeds().size() < SeedValues.LEAST_FOR_INTERVAL
        ? "Final values, one a seed."
        : "Final values: the mean over seeds, of positive measures the geometric one, and below it"
            + " the 95% interval of that mean.";
  }

  private void cell(Html html, Optional<Cell> cell) {
    if (cell.isEmpty()) {
      html.element("td", "");
      return;
    }
    String metric = cell.get().key().metric();
    SeedMeans means = cell.get().means();
    if (means.count() == 0) {
      html.element("td.num.undefined", "undefined", "title", String.join("; ", means.left()));
      return;
    }
    SeedValues values = means.values().orElseThrow();
    Optional<Interval> interval = values.interval();
    html.open("td.num");
    if (means.count() < SeedValues.LEAST_FOR_INTERVAL) {
      html.text(
          means.bySeed().values().stream()
              .map(value -> looks.text(metric, value))
              .collect(Collectors.joining(", ")));
    } else {
      html.text(looks.text(metric, values.mean()));
    }
    interval.ifPresent(
        range ->
            html.element(
                "small",
                looks.text(metric, range.low()) + " – " + looks.text(metric, range.high())));
    html.close("td");
  }
}
