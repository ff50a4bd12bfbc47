package dev.collapsar.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.run.RecipeRecords;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecords;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a reader can do with the charts and tables of a page. */
class ChartToolsInBrowserTest {
  private static final String CHART = "#epoch-nc1_pinv-features";

  @RegisterExtension static final ReportBrowser browser = new ReportBrowser();

  @Test
  void aChartIsSavedAsSvgPngAndCsv() throws IOException {
    show(RunRecords.domainShift());
    browser.run(
        """
        window.saved = [];
        const make = URL.createObjectURL;
        URL.createObjectURL = (blob) => {
          blob.text().then(text => window.saved.push([blob.type, text, blob.size]));
          return make(blob);
        };
        HTMLAnchorElement.prototype.click = function () { window.name = this.download; }\
        """);
    tool("svg");
    browser.await("saved.length === 1");
    String svg = (String) browser.run("return saved[0][1]");
    assertTrue(svg.startsWith("<svg"), svg.substring(0, 40));
    for (String said : List.of("Within over between", ">full<", ">lora-r8<", "#ffffff")) {
      assertTrue(svg.contains(said), said);
    }
    tool("png");
    browser.await("saved.length === 2 && saved[1][0] === 'image/png' && saved[1][2] > 5000");
    tool("csv");
    browser.await("saved.length === 3");
    List<String> csv = ((String) browser.run("return saved[2][1]")).lines().toList();
    assertEquals("series,stage,line,epoch,Within over between,low,high,note", csv.get(0));
    assertEquals(1 + 4 * 6, csv.size()); // four variants at six epochs
    assertEquals("epoch-nc1_pinv-features.csv", browser.run("return window.name"));
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void aChartIsZoomedSmoothedAndMadeLogarithmicAndBack() throws IOException {
    show(RunRecords.domainShift());
    browser.click("[data-stage='all']");
    assertEquals("log", axis("y", "type")); // over both stages it spans decades
    tool("log");
    assertEquals("value", axis("y", "type"));
    tool("log");
    assertEquals("log", axis("y", "type"));

    Object measured = points();
    tool("smooth");
    assertNotEquals(measured, points());
    tool("smooth");
    assertEquals(measured, points());

    tool("zoom");
    assertEquals(1.25, ((Number) axis("x", "min")).doubleValue());
    assertEquals(3.75, ((Number) axis("x", "max")).doubleValue());
    tool("whole");
    assertEquals("dataMax", axis("x", "max"));
    browser.drag(CHART + " .plot", .4, .8);
    double from = ((Number) axis("x", "min")).doubleValue();
    double to = ((Number) axis("x", "max")).doubleValue();
    assertTrue(0 < from && from < to && to < 10, from + " to " + to);
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void whatHasNoPlaceOnALogarithmicAxisIsNotOfferedOne() throws IOException {
    show(RunRecords.domainShift());
    assertEquals(
        true,
        browser.run(
            "return document.querySelector(\"#epoch-nc4_agree-features"
                + " [data-tool='log']\").disabled"));
  }

  @Test
  void aTableIsSortedByAClickAndCopied() throws IOException {
    show(RunRecords.domainShift());
    String trained =
        "return [...document.querySelectorAll('.summary tbody tr')]"
            + ".slice(0, 4).map(row => row.cells[1].firstChild.textContent)";
    String button = ".summary thead th:nth-child(2) .sorter";
    assertEquals(List.of("421,642", "421,642", "1,290", "27,216"), browser.run(trained));
    browser.click(button);
    assertEquals(List.of("1,290", "27,216", "421,642", "421,642"), browser.run(trained));
    browser.click(button);
    assertEquals(List.of("421,642", "421,642", "27,216", "1,290"), browser.run(trained));
    browser.click(button);
    assertEquals(List.of("421,642", "421,642", "1,290", "27,216"), browser.run(trained));
    browser.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }");
    browser.click(".scroll + .copy");
    browser.await("window.copied?.startsWith('variant\\ttrained parameters\\t')");
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void everyMetricNameLeadsToItsDefinition() throws IOException {
    show(RunRecords.domainShift());
    assertTrue(browser.number("return document.querySelectorAll('a.def').length") >= 15);
    assertEquals(
        List.of(),
        browser.run(
            """
            return [...document.querySelectorAll('a.def')].map(a => a.getAttribute('href').slice(1))
              .filter(id => !document.getElementById(id))\
            """));
  }

  @Test
  void whatIsTakenForWhatStandsWithEveryTestSet() throws IOException {
    show(RunRecords.domainShift());
    assertEquals(
        7L, // the base on one test set, three variants on two
        browser.number("return document.querySelectorAll('.confusion .grid').length"));
    assertEquals(
        "true 0, taken for 3: 15",
        browser.run("return document.querySelector('.confusion tbody tr').cells[4].title"));
  }

  @Test
  void twelveVariantsDifferInMarkOrColourEverywhere() throws IOException {
    List<Integer> ranks = IntStream.rangeClosed(1, 9).boxed().toList();
    show(RunRecords.domainShift(42, ranks)); // base, full, head and nine of LoRA
    assertEquals(
        12L,
        browser.number(
            """
            return new Set([...document.querySelectorAll('.chip .swatch')]
              .map(s => s.className + getComputedStyle(s).backgroundColor)).size\
            """));
    List<Plots.Series> alone = new ArrayList<>();
    Palette.assign(IntStream.range(0, 50).mapToObj(i -> "v" + (char) ('A' + i)).toList(), List.of())
        .values()
        .forEach(
            colour ->
                alone.add(
                    new Plots.Series("", "", 0, 0, alone.size() % Plots.SHAPES, false, colour)));
    assertEquals(50, alone.stream().distinct().count());
  }

  @Test
  void sharesEndAtOneAndBeginAtNothing() throws IOException {
    RunRecord record = RunRecords.domainShift();
    show(
        RunRecords.with(
            record,
            record.measurements().stream()
                .map(
                    row ->
                        row.metric().equals("nc4_agree")
                            ? new RunRecord.Row(
                                row.variant(),
                                row.stage(),
                                row.epoch(),
                                row.layer(),
                                row.metric(),
                                row.epoch() < 2 ? .01 : 1,
                                null)
                            : row)
                .toList()));
    String extent =
        "return echarts.getInstanceByDom(document.querySelector('#epoch-nc4_agree-features .plot'))"
            + ".getModel().getComponent('yAxis').axis.scale.getExtent()";
    assertEquals(List.of(0L, 1L), browser.run(extent));
  }

  @Test
  void onPaperEverythingIsOpenAndEveryChartFitsItsPlace() throws IOException {
    show(RecipeRecords.loraRanks(""));
    browser.run("dispatchEvent(new Event('beforeprint'))");
    assertEquals(
        0L,
        browser.number("return document.querySelectorAll('details:not([open], .tools)').length"));
    assertEquals(
        List.of(),
        browser.run(
            """
            return [...document.querySelectorAll('.plot')].filter(plot =>
              Math.abs(plot.clientWidth - plot.querySelector('svg').clientWidth) > 1).map(p => p.id)\
            """));
    assertEquals(718L, browser.number("return document.querySelector('main').clientWidth"));
    browser.run("dispatchEvent(new Event('afterprint'))");
    assertTrue(
        browser.number("return document.querySelectorAll('details:not([open])').length") > 0);
  }

  @Test
  void runsThatDifferInTheirSeedsAreOneColumn() throws IOException {
    browser.show(
        HtmlReport.render(
            List.of(
                new NamedRun("a", RunRecords.domainShift(1, List.of(8))),
                new NamedRun("b", RunRecords.domainShift(2, List.of(8))),
                new NamedRun("c", RunRecords.domainShift(1, List.of(4))))),
        1280);
    assertEquals(
        List.of("setting 2 seeds c", "lora.rank 8 4", "seed 1, 2 1", "runs a, b c"),
        browser.run(
            """
            return [...document.querySelector('.apart').rows].map(row =>
              [...row.cells].map(cell => cell.textContent.trim()).join(' '))\
            """));
    assertEquals(
        2L, // strokes: one a group, whatever the seed
        browser.number(
            "return new Set(window.collapsar.data.series.map(series => series.stroke)).size"));
  }

  private static void show(RunRecord record) throws IOException {
    browser.show(HtmlReportTest.page(record), 1280);
  }

  private static void tool(String name) {
    browser.run(
        "document.querySelector(arguments[0]).click()", CHART + " [data-tool='" + name + "']");
  }

  private static Object axis(String axis, String property) {
    return browser.run(
        "return echarts.getInstanceByDom(document.querySelector(arguments[0]))"
            + ".getOption()[arguments[1] + 'Axis'][0][arguments[2]]",
        CHART + " .plot",
        axis,
        property);
  }

  private static Object points() {
    return browser.run(
        "return JSON.stringify(echarts.getInstanceByDom(document.querySelector(arguments[0]))"
            + ".getOption().series[0].data)",
        CHART + " .plot");
  }
}
