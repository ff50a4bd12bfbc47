package dev.collapsar.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.calibration.ChanceLevel;
import dev.collapsar.calibration.NullColumns;
import dev.collapsar.calibration.NullSample;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.WithinClass;
import dev.collapsar.run.DigitNineRecords;
import dev.collapsar.run.RecipeRecords;
import dev.collapsar.run.RecordDraft;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecords;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HtmlReportTest {
  static final String HOSTILE = "</script><img src=x onerror=\"attacked=1\">'&amp;\u2028<!--\u0007";

  private static final Pattern LIBRARY =
      Pattern.compile("<script>\\s*/\\*.*?</script>", Pattern.DOTALL);

  @Test
  void theSameRecordsGiveTheSameBytes() {
    assertEquals(page(RunRecords.domainShift()), page(RunRecords.domainShift()));
    assertEquals(page(DigitNineRecords.digitNine()), page(DigitNineRecords.digitNine()));
  }

  @Test
  void nothingIsLoadedFromAnywhere() {
    String own = LIBRARY.matcher(page(RunRecords.domainShift())).replaceAll("");
    Pattern loading =
        Pattern.compile("(src|href)\\s*=\\s*[\"']?+(?!data:|#)|@import|url\\(|<link|<base|<iframe");
    assertFalse(loading.matcher(own).find(), "something is loaded");
    assertTrue(own.contains("default-src &#39;none&#39;"));
  }

  @Test
  void textFromRecordsIsNeverMarkup() {
    RunRecord hostile = RunRecords.withText(HOSTILE);
    String page =
        HtmlReport.render(
            List.of(
                new NamedRun("a" + HOSTILE, hostile), new NamedRun("b", RunRecords.domainShift())));
    assertFalse(page.contains("<img src=x"), "a tag got through");
    String data = page.substring(page.indexOf("<script type"), page.indexOf("<script>"));
    assertFalse(data.contains("\u2028"), "a line separator got into a script");
    assertFalse(page.contains("\u0007"), "a control character got through");
    assertEquals(
        occurrences(page(RunRecords.domainShift()), "</script>"), occurrences(page, "</script>"));
    assertTrue(page.contains("&lt;/script&gt;&lt;img src=x onerror=&quot;attacked=1&quot;&gt;"));
  }

  @Test
  void thePageStaysUnderAMegabyteAndAHalf() {
    byte[] page = page(RunRecords.domainShift()).getBytes(StandardCharsets.UTF_8);
    assertTrue(page.length < 1_500_000, page.length + " bytes");
  }

  @Test
  void anUndefinedValueIsExplainedWhereItWouldBeDrawn() {
    assertTrue(
        page(RunRecords.domainShift())
            .contains("Undefined at epoch 0 for base: the means of classes 3 and 5 coincide"));
  }

  @Test
  void aRunThatDidNotEndWellSaysSo() {
    RunRecord whole = RunRecords.domainShift();
    assertFalse(page(whole).contains("class=\"status\""));
    for (RunRecord.Status status :
        List.of(RunRecord.Status.RUNNING, RunRecord.Status.INTERRUPTED, RunRecord.Status.FAILED)) {
      String page = page(RunRecords.with(whole, status, whole.title()));
      assertTrue(page.contains("<p class=\"status\" role=\"status\"><b>" + status + "</b>"));
    }
  }

  @Test
  void aRunThatMeasuredNothingYetStillHasAPage() {
    RunRecord r = RunRecords.domainShift();
    RunRecord begun =
        RecordDraft.begun(r.recipe(), r.title(), r.environment(), r.started())
            .settings(r.settings())
            .record();
    assertTrue(page(begun).contains("collapsar run recipe.yaml"));
  }

  @Test
  void numbersThatOthersNamedSumARunUpToo() {
    RunRecord whole = RunRecords.domainShift();
    List<RunRecord.Row> rows =
        List.of(
            new RunRecord.Row("base", "pretrain", 1, "", "val_f1", .25, null),
            new RunRecord.Row("base", "pretrain", 2, "", "val_f1", .75, null));
    String page = page(RecordDraft.of(RunRecords.with(whole, rows)).metrics(List.of()).record());
    String summary = page.substring(page.indexOf("At a glance"));
    assertTrue(summary.substring(0, summary.indexOf("</table>")).contains("val_f1"));
  }

  @Test
  void severalRunsAreToldApartByName() {
    String page =
        HtmlReport.render(
            List.of(
                new NamedRun("one", RunRecords.domainShift()),
                new NamedRun("two", RunRecords.domainShift(7, List.of(4)))));
    assertTrue(page.contains("one / lora-r8"));
    assertTrue(page.contains("two / lora-r4"));
    assertTrue(page.contains("lora.rank  [8] -&gt; [4]"));
  }

  @Test
  void exhibitsStandBetweenTheOverviewAndTheMeasures() {
    String page = page(DigitNineRecords.digitNine());
    int exhibits = page.indexOf("What the recipe shows");
    assertTrue(page.indexOf("At a glance") < exhibits);
    assertTrue(exhibits < page.indexOf("Learning, before and after"));
    assertEquals(7, occurrences(page, "<figure class=\"chart exhibit"));
    assertFalse(page(RunRecords.domainShift()).contains("What the recipe shows"));
  }

  @Test
  void verdictsComeBeforeWhatTheyWereDecidedFrom() {
    String page = page(RecipeRecords.loraRanks(""));
    int shows = page.indexOf("What the recipe shows");
    int verdict = page.indexOf("<p class=\"question\">Does collapse persist");
    assertTrue(shows < verdict && verdict < page.indexOf("<figure class=\"chart exhibit"));
    assertEquals(2, occurrences(page, "<article class=\"verdict\">"));
    assertTrue(page.contains("<p class=\"answer\">Yes: nc1_trace moves"));
    assertTrue(page.contains("<li>full fine-tuning: 0.161</li>"));
  }

  @Test
  void whatABandCannotShowIsSaid() {
    RunRecord record = RecipeRecords.loraRanks("");
    List<Double> x = List.of(1.0, 2.0, 3.0);
    ReportItem.Band band =
        new ReportItem.Band("chance", null, x, List.of(-1.0, .1, Double.NaN), List.of(.2, .2, .2));
    ReportItem.Curve curve = new ReportItem.Curve("measured", null, x, List.of(.3, .2, .1));
    String reaches = "chance reaches down to 0 or below at 1 of its 2 places";
    for (ReportItem.Axis y : List.of(ReportItem.Axis.log("nc1"), ReportItem.Axis.linear("nc1"))) {
      ReportItem exhibit =
          new ReportItem.LineChart(
              "t", "", ReportItem.Axis.linear("epoch"), y, List.of(curve), List.of(band));
      String page = page(RunRecords.showing(record, List.of(exhibit)));
      assertTrue(page.contains("chance has no finite ends at 1 of its 3 places"));
      assertEquals(y.scale() == ReportItem.Axis.Scale.LOG, page.contains(reaches));
    }
  }

  @Test
  void theNullOfAMetricIsABandBehindItAndNoChartOfItsOwn() {
    String page = page(RecipeRecords.loraRanks(""));
    assertTrue(page.contains("id=\"epoch-align_cos_abs-\""));
    assertTrue(page.contains("id=\"epoch-align_cos_abs_z-\""));
    assertFalse(page.contains("id=\"epoch-align_cos_abs_null_"));
    assertEquals(2, occurrences(page, "Shaded: chance, its mean ± 2 deviations."));
    // Where its metric was not measured, it is a metric like others.
    RunRecord record = RecipeRecords.loraRanks("");
    List<RunRecord.Row> rows =
        record.measurements().stream()
            .filter(row -> !row.metric().equals("align_cos_abs"))
            .toList();
    assertTrue(
        page(RunRecords.with(record, rows)).contains("id=\"epoch-align_cos_abs_null_mean-\""));
  }

  @Test
  void whatChanceGaveAtTheEndStandsBesideItsNumber() {
    String page = beside(new double[] {7.251, 7.513, 8.004});
    String section = page.substring(page.indexOf("Beside chance"));
    assertTrue(section.contains("<td class=\"num\">7.51</td>"), "the median");
    assertTrue(section.contains("<td class=\"num\">7.26 to 7.98</td>"), "95% of the draws");
    assertTrue(section.contains("nc1_pinv: noise is all of it."));
    assertFalse(page.contains("nc1_pinv_null_median</code>"), "and nowhere else");
    assertFalse(page(RunRecords.domainShift()).contains("Beside chance"));
  }

  @Test
  void aDistanceFromChanceThatFewDrawsMakeHugeHasFewDigits() {
    Pattern huge = Pattern.compile("<td class=\"num\">−?\\d\\.\\d\\de\\+\\d+</td>");
    assertTrue(huge.matcher(beside(new double[] {7, 7 + 1e-9})).find());
  }

  /** The page of a run whose full fine-tuning has a number beside these draws. */
  private static String beside(double[] draws) {
    RunRecord record = RunRecords.domainShift();
    RunRecord.Row last =
        record.measurements().stream()
            .filter(row -> row.variant().equals("full") && row.metric().equals("nc1_pinv"))
            .reduce((a, b) -> b)
            .orElseThrow();
    MetricInfo info = WithinClass.NC1_PINV.info();
    List<Measurement> beside = new ArrayList<>();
    beside.addAll(
        NullColumns.of(info)
            .of(
                ChanceLevel.of("nc1_pinv", last.value(), new NullSample("permuted labels", draws)),
                "3 draws"));
    MetricInfo corrected = info.beside("_corrected", "corrected", "", MetricInfo.Column.CORRECTED);
    beside.add(Measurement.undefined(corrected, "noise is all of it"));
    List<RunRecord.Row> rows = new ArrayList<>(record.measurements());
    beside.forEach(
        m -> rows.add(RunRecord.Row.of("full", last.stage(), last.epoch(), last.layer(), m)));
    List<MetricInfo> infos = new ArrayList<>(List.of(info));
    beside.forEach(m -> infos.add(m.info()));
    return page(RecordDraft.of(RunRecords.with(record, rows)).metrics(infos).record());
  }

  @Test
  void layersTakeAChartAMetricAndNotOneALayer() {
    String page = page(RecipeRecords.collapseLayers(""));
    assertEquals(3 + 20 + 20, occurrences(page, "<div class=\"plot"));
    assertTrue(page.contains("Undefined at epochs 0 to 11 for conv1: the class means coincide"));
    assertTrue(page.contains("<small>features</small>"), "the layer of a number at a glance");
  }

  @Test
  void beforeAndAfterOfLayersIsAProfileWithoutAMap() {
    RunRecord record = RecipeRecords.feedbackNull("");
    List<RunRecord.Row> rows =
        record.measurements().stream().filter(row -> row.epoch() % 8 == 0).toList();
    String page = page(RunRecords.with(record, rows));
    assertEquals(0, occurrences(page, "<div class=\"plot map\""));
    assertEquals(2, occurrences(page, "<div class=\"plot profile\""));
  }

  @Test
  void theLargestPagesStayUnderTwoMegabytes() {
    for (RunRecord large : List.of(RecipeRecords.loraRanks(""), RecipeRecords.collapseLayers(""))) {
      byte[] page = page(large).getBytes(StandardCharsets.UTF_8);
      assertTrue(page.length < 2_000_000, large.recipe() + ": " + page.length + " bytes");
    }
  }

  @Test
  void exhibitsOfSeveralRunsStandUnderTheirNames() {
    RunRecord record = DigitNineRecords.digitNine();
    String page =
        HtmlReport.render(List.of(new NamedRun("one", record), new NamedRun("two", record)));
    int first = page.indexOf("<h3>one</h3>");
    int second = page.indexOf("<h3>two</h3>");
    assertTrue(first > 0 && first < page.indexOf("id=\"exhibit-0-0\""));
    assertTrue(page.indexOf("id=\"exhibit-0-6\"") < second);
    assertTrue(second < page.indexOf("id=\"exhibit-1-0\""));
  }

  @Test
  void aTableHasHeadingsAndItsNumbersToTheRight() {
    String page = page(DigitNineRecords.digitNine());
    assertTrue(page.contains("<th class=\"num\" scope=\"col\">with the adapter</th>"));
    assertTrue(page.contains("<th scope=\"row\">9</th>\n<td class=\"num\">1,000</td>"));
    assertTrue(page.contains("<td>1000 × 784</td>"));
  }

  @Test
  void aCardThatWouldStandAloneFillsItsRow() {
    String page = page(DigitNineRecords.digitNine());
    assertEquals(1, occurrences(page, "<figure class=\"chart exhibit whole\""));
    assertTrue(page.contains("<figure class=\"chart exhibit whole\" id=\"exhibit-0-6\">"));
  }

  @Test
  void aRunWithoutShiftedTestSetSaysNothingOfOne() {
    String own = LIBRARY.matcher(page(DigitNineRecords.digitNine())).replaceAll("");
    String text = own.substring(own.indexOf("<body>"), own.indexOf("<script type"));
    for (String nonsense : List.of("hifted", "Clean", "Best", "Bold", "By time", "By trained")) {
      assertFalse(text.contains(nonsense), nonsense);
    }
  }

  @Test
  void twoTimesAreNumbersInPlaceOfAChart() {
    String page = page(DigitNineRecords.digitNine());
    assertTrue(page.contains("<td class=\"num\">96.1% → 88.7%</td>"));
    assertEquals(2, occurrences(page, "<div class=\"plot\""));
    assertFalse(page.contains("<nav class=\"legend\""), "a legend of no charts");
  }

  @Test
  void aReportOfNothingIsAMistake() {
    assertThrows(IllegalArgumentException.class, () -> HtmlReport.render(List.of()));
  }

  static String page(RunRecord record) {
    return HtmlReport.render(List.of(new NamedRun("run", record)));
  }

  private static long occurrences(String text, String part) {
    return Pattern.compile(Pattern.quote(part)).matcher(text).results().count();
  }
}
