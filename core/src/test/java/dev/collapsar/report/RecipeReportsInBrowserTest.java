package dev.collapsar.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.run.RecipeRecords;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecords;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sweeps, layers and learning rules in a real browser. */
class RecipeReportsInBrowserTest {
  private static final String BANDS =
      """
      return [...document.querySelectorAll(arguments[0] + ' svg path')]
        .filter(path => path.getAttribute('fill-opacity') === '0.18')\
      """;

  @RegisterExtension static final ReportBrowser browser = new ReportBrowser();

  @Test
  void aSweepOfEightVariantsIsDrawnWholeWithItsBands() throws IOException {
    browser.show(HtmlReportTest.page(RecipeRecords.loraRanks("")), 1280);
    assertEquals(0, browser.chartsNotDrawn());
    List<?> widths =
        (List<?>) browser.run(BANDS + ".map(path => path.getBBox().width > 200)", "#exhibit-0-2");
    assertEquals(List.of(true), widths); // chance is seen for one variant at a time
    assertEquals(1L, browser.number(BANDS + ".length", "#epoch-align_cos_abs-"));
    String choice = "#epoch-align_cos_abs- .band option";
    assertEquals( // eight variants, or none
        9L, browser.number("return document.querySelectorAll(arguments[0]).length", choice));
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void aBandThatReachesZeroEndsAtTheFootOfALogarithmicAxis() throws IOException {
    browser.show(HtmlReportTest.page(RecipeRecords.loraRanks("")), 1280, 3_000);
    String onFoot =
        """
        .map(path => {
          const plot = echarts.getInstanceByDom(document.querySelector('#exhibit-0-3 .plot'));
          const grid = plot.getModel().getComponent('grid').coordinateSystem.getRect();
          const box = path.getBBox();
          return Math.abs(box.y + box.height - grid.y - grid.height) < 1 && box.width > 10;
        })\
        """;
    String colours = "return " + series("s.type === 'custom' && s.color") + ".filter(Boolean)";
    assertEquals(List.of(true), browser.run(BANDS + onFoot, "#exhibit-0-3"));
    Object first = browser.run(colours, "#exhibit-0-3 .plot");
    browser.click("#exhibit-0-3 .key [data-band][aria-pressed='false']");
    assertEquals(List.of(false), browser.run(BANDS + onFoot, "#exhibit-0-3"));
    assertNotEquals(
        first,
        browser.run(colours, "#exhibit-0-3 .plot"),
        "two bands of no variant differ in colour");
    assertEquals(
        "chance reaches down to 0 or below at 13 of its 20 places; the logarithmic axis cuts it"
            + " there.",
        browser.run("return document.querySelector('#exhibit-0-3 .gap').textContent"));
  }

  @Test
  void aClickInAnExhibitsLegendTakesALineOrABandFromThatExhibit() throws IOException {
    browser.show(HtmlReportTest.page(RecipeRecords.loraRanks("")), 1280, 3_000);
    long elsewhere = browser.seriesNamed("lora-r4", ".plot");
    String line = "#exhibit-0-2 .key button:nth-child(3)";
    String band = "#exhibit-0-2 .key button:nth-child(11)";
    browser.click(line);
    browser.click(band);
    assertEquals(0, browser.seriesNamed("lora-r4", "#exhibit-0-2 .plot"));
    assertEquals(elsewhere - 1, browser.seriesNamed("lora-r4", ".plot"));
    assertEquals(0L, browser.number(BANDS + ".length", "#exhibit-0-2"));
    browser.click(line);
    browser.click(band);
    assertEquals(elsewhere, browser.seriesNamed("lora-r4", ".plot"));
    assertEquals(1L, browser.number(BANDS + ".length", "#exhibit-0-2"));
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void fortyDrawsBehindAVariantAreOneEntryOfTheLegendAndOneRowOnHovering() throws IOException {
    List<Double> x = List.of(0.0, 1.0);
    List<ReportItem.Curve> curves = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      curves.add(new ReportItem.Curve("draw " + i, null, x, List.of(i * .01, -i * .01)));
    }
    curves.add(new ReportItem.Curve("full", "full", x, List.of(.5, .6)));
    ReportItem.Axis axis = ReportItem.Axis.linear("l");
    RunRecord record =
        RunRecords.showing(
            RunRecords.domainShift(),
            List.of(new ReportItem.LineChart("draws", "", axis, axis, curves)));
    browser.show(HtmlReportTest.page(record), 1280, 3_000);
    String keys =
        "return [...document.querySelectorAll('.exhibit .key button')].map(b =>"
            + " b.textContent.trim())";
    assertEquals(List.of("draw 0 to draw 39", "full"), browser.run(keys));
    assertEquals(41L, browser.number("return " + series("s.name") + ".length", ".exhibit .plot"));
    String tip =
        """
        const element = document.querySelector('.exhibit .plot');
        echarts.getInstanceByDom(element).dispatchAction(
          { type: 'showTip', seriesIndex: 0, dataIndex: 0 });
        return element.querySelector('.tip').textContent\
        """;
    assertEquals("l 0draw 0 to draw 390 to 0.39full0.5", browser.run(tip));
    browser.click(".exhibit .key button");
    assertEquals(1L, browser.number("return " + series("s.name") + ".length", ".exhibit .plot"));
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void everyMetricOfLayersHasAMapAndAProfile() throws IOException {
    browser.show(HtmlReportTest.page(RecipeRecords.collapseLayers("")), 1280);
    assertEquals(20L, browser.number("return document.querySelectorAll('.map').length"));
    assertEquals(20L, browser.number("return document.querySelectorAll('.profile').length"));
    assertEquals(0, browser.chartsNotDrawn());
    String cells = "#layers-nc1_svd .map";
    assertEquals(List.of(6L * 61 - 12, 12L), browser.run(option("s.data.length"), cells));
    assertEquals(
        List.of("epoch 0", "epoch 30", "epoch 60"),
        browser.run(option("s.name"), "#layers-nc1_svd .profile"));
    assertEquals(
        "log",
        browser.run(
            "return echarts.getInstanceByDom(document.querySelector(arguments[0]))"
                + ".getOption().yAxis[0].type",
            "#layers-nc1_svd .profile"));
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void anUndefinedCellSaysWhyOnHovering() throws IOException {
    browser.show(HtmlReportTest.page(RecipeRecords.collapseLayers("")), 1280, 3_000);
    String said =
        """
        const element = document.querySelector('#layers-nc1_svd .map');
        echarts.getInstanceByDom(element).dispatchAction(
          { type: 'showTip', seriesIndex: arguments[0], dataIndex: 3 });
        return element.querySelector('.tip').textContent\
        """;
    assertEquals("epoch 3conv1undefinedthe class means coincide", browser.run(said, 1));
    assertTrue(browser.run(said, 0).toString().startsWith("epoch 15conv1"));
  }

  @Test
  void aVariantThatIsClickedAwayLeavesMapsAndProfiles() throws IOException {
    browser.show(HtmlReportTest.page(RecipeRecords.feedbackNull("")), 1280, 3_000);
    String map = "#layers-feedback_cos .map";
    String profile = "#layers-feedback_cos .profile";
    assertEquals(List.of(3L * 5 * 9, 0L), browser.run(option("s.data.length"), map));
    assertEquals(9 + 1, browser.number("return " + series("s.name") + ".length", profile));
    assertEquals(1L, browser.number(BANDS + ".length", "#layers-feedback_cos .profile"));
    browser.click(".chip[data-series='1']");
    assertEquals(1L, browser.number(BANDS + ".length", "#layers-feedback_cos .profile"));
    assertEquals(List.of(2L * 5 * 9, 0L), browser.run(option("s.data.length"), map));
    assertEquals(0, browser.seriesNamed("dfa,", profile));
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void chartsAreDrawnAsTheyComeNearAndAllOfThemInPrint() throws IOException {
    browser.show(HtmlReportTest.page(RecipeRecords.collapseLayers("")), 1280, 900);
    String drawn = "return document.querySelectorAll('.plot svg').length";
    long first = browser.number(drawn);
    assertTrue(first > 0 && first < 10, first + " of 43 at once");
    browser.run("document.querySelector('#layers-nc1_svd').scrollIntoView()");
    browser.nextFrame();
    long seen = browser.number(drawn);
    assertTrue(seen > first && seen < 43, seen + " of 43 after scrolling");
    browser.run("dispatchEvent(new Event('beforeprint'))");
    assertEquals(43, browser.number(drawn));
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void runsOfDifferentRecipesAreEachShownInTheirOwnLastStage() throws IOException {
    RunRecord shift = RunRecords.domainShift();
    String page =
        HtmlReport.render(
            List.of(
                new NamedRun("shift", shift),
                new NamedRun("layers", RecipeRecords.collapseLayers("")),
                new NamedRun("feedback", RecipeRecords.feedbackNull(""))));
    browser.show(page, 1280);
    assertEquals(0, browser.chartsNotDrawn());
    assertEquals(
        List.of("shift / base", "shift / full", "shift / head", "shift / lora-r8"),
        browser.run(
            "return " + series("s.name") + ".filter(name => name.startsWith('shift')).sort()",
            "#epoch-accuracy_test- .plot"));
    assertEquals(
        List.of("shift / base"),
        browser.run(
            "return " + series("s.silent ? s.name : ''") + ".filter(name => name)",
            "#epoch-accuracy_test- .plot"));
    // What the shifted network has in one layer only, it has by epoch; the others by layer.
    String count = "return document.querySelectorAll(arguments[0]).length";
    assertEquals(1L, browser.number(count, "#epoch-nc1_pinv-features"));
    assertEquals(20L + 2L, browser.number(count, ".map"));
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void hostileLayersVerdictsAndRunsAreReadAndNotRun() throws IOException {
    String hostile = HtmlReportTest.HOSTILE + "{head|x}";
    String page =
        HtmlReport.render(
            List.of(
                new NamedRun("a" + hostile, RecipeRecords.loraRanks(hostile)),
                new NamedRun("b" + hostile, RecipeRecords.collapseLayers(hostile)),
                new NamedRun("c" + hostile, RecipeRecords.feedbackNull(hostile))));
    browser.show(page, 1280);
    assertNull(browser.run("return window.attacked"));
    assertEquals(0, browser.chartsNotDrawn());
    assertEquals(
        "Does collapse persist under low-rank adaptation of the last layer?"
            + hostile.replace('\u0007', '\uFFFD'),
        browser.run("return document.querySelector('.question').textContent"));
    String tip =
        """
        const element = document.querySelector('#layers-nc1_svd .map');
        echarts.getInstanceByDom(element).dispatchAction(
          { type: 'showTip', seriesIndex: 1, dataIndex: 3 });
        return element.querySelector('.tip').textContent\
        """;
    assertTrue(browser.run(tip).toString().contains("conv1</script><img src=x"));
    assertEquals(0L, browser.number("return document.querySelectorAll('img').length"));
    assertEquals(0L, browser.number("return performance.getEntriesByType('resource').length"));
    assertEquals(List.of(), browser.complaints());
  }

  private static String option(String ofSeries) {
    return "return " + series(ofSeries);
  }

  private static String series(String ofSeries) {
    return "echarts.getInstanceByDom(document.querySelector(arguments[0])).getOption()"
        + ".series.map(s => "
        + ofSeries
        + ")";
  }
}
