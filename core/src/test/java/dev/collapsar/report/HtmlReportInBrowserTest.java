package dev.collapsar.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.run.DigitNineRecords;
import dev.collapsar.run.RecipeRecords;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecords;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The page in a real browser: Debian's Chromium, without network. */
class HtmlReportInBrowserTest {
  @RegisterExtension static final ReportBrowser browser = new ReportBrowser();

  @Test
  void everyChartIsDrawnWithoutAWordOnTheConsole() throws IOException {
    show(RunRecords.domainShift(), 1280);
    assertEquals(
        2 + 2 + 1 + 11, browser.number("return document.querySelectorAll('.plot').length"));
    assertEquals(0, browser.chartsNotDrawn());
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void exhibitsAreDrawnInTheColoursOfTheirVariants() throws IOException {
    show(DigitNineRecords.digitNine(), 1280);
    assertEquals(2, browser.number("return document.querySelectorAll('.exhibit .plot').length"));
    assertEquals(0, browser.chartsNotDrawn());
    String colours =
        """
        const plot = document.querySelector(arguments[0] + ' .plot');
        return echarts.getInstanceByDom(plot).getOption().series.map(s => s.color)\
        """;
    String variant = Palette.assign(List.of("lora-r1"), List.of()).get("lora-r1").light();
    assertEquals(List.of(variant), browser.run(colours, "#exhibit-0-6"));
    List<?> others = (List<?>) browser.run(colours, "#exhibit-0-5");
    assertEquals(2, others.stream().distinct().count());
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void aGridShadesItsCellsBySizeAndBySign() throws IOException {
    show(DigitNineRecords.digitNine(), 1280);
    String shade =
        """
        const cell = document.querySelectorAll('#exhibit-0-4 tbody td')[arguments[0]];
        return cell.textContent + ' ' + getComputedStyle(cell).backgroundColor\
        """;
    assertEquals("−35 rgba(10, 106, 176, 0.26)", browser.run(shade, 0));
    assertEquals("0 rgba(0, 0, 0, 0)", browser.run(shade, 1));
    assertEquals("+35 rgba(206, 82, 8, 0.26)", browser.run(shade, 9));
    assertEquals("+180 rgba(206, 82, 8, 0.54)", browser.run(shade, 19));
  }

  @Test
  void aClickOnAVariantTakesItFromEveryChartAndAnotherBringsItBack() throws IOException {
    show(RunRecords.domainShift(), 1280);
    long all = seriesNamed("head");
    assertTrue(all > 10, all + " series");
    browser.click(".chip[data-series='2']");
    assertEquals(0, seriesNamed("head"));
    assertTrue(seriesNamed("full") > 10);
    browser.click(".chip[data-series='2']");
    assertEquals(all, seriesNamed("head"));
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void aStageIsShownAloneOrAfterTheOneBefore() throws IOException {
    show(RunRecords.domainShift(), 1280);
    assertEquals(5L, lastEpoch());
    browser.click("[data-stage='all']");
    assertEquals(10L, lastEpoch());
    browser.click("[data-stage='0']");
    assertEquals(0, browser.seriesNamed("full", "#epoch-nc1_pinv-features .plot"));
    assertEquals(1, browser.seriesNamed("base", "#epoch-nc1_pinv-features .plot"));
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void aMeasureOfAnotherStageIsShownInItsOwn() throws IOException {
    RunRecord record = RunRecords.domainShift();
    List<RunRecord.Row> rows =
        record.measurements().stream()
            .filter(row -> row.stage().equals("pretrain") || !row.metric().equals("loss_train"))
            .toList();
    show(RunRecords.with(record, rows), 1280);
    assertEquals(1, browser.seriesNamed("base", "#epoch-loss_train- .plot"));
    assertEquals(
        "epoch, pretrain",
        browser.run(
            """
            const plot = document.querySelector('#epoch-loss_train- .plot');
            return echarts.getInstanceByDom(plot).getOption().xAxis[0].name\
            """));
    assertEquals(0, browser.chartsNotDrawn());
  }

  static List<RunRecord> records() {
    return List.of(
        RunRecords.domainShift(42, List.of(2, 4, 8, 16)),
        DigitNineRecords.digitNine(),
        RecipeRecords.loraRanks(""),
        RecipeRecords.collapseLayers(""),
        RecipeRecords.feedbackNull(""));
  }

  @ParameterizedTest
  @MethodSource("records")
  void nothingOverflowsAPhone(RunRecord record) throws IOException {
    show(record, 400);
    assertEquals(0, browser.chartsNotDrawn());
    assertEquals(400L, browser.number("return window.innerWidth"));
    String beyond =
        "const page = document.documentElement; return page.scrollWidth - page.clientWidth";
    assertEquals(0L, browser.number(beyond));
    browser.run("document.querySelectorAll('details').forEach(d => d.open = true)");
    assertEquals(0L, browser.number(beyond));
  }

  @Test
  void hostileNamesAreReadAndNotRun() throws IOException {
    show(RunRecords.withText(HtmlReportTest.HOSTILE), 1280);
    assertNull(browser.run("return window.attacked"));
    assertEquals(
        "base" + HtmlReportTest.HOSTILE.replace('\u0007', '\uFFFD'),
        browser.run("return document.querySelector('.chip').textContent.trim()"));
    assertEquals(
        0L, browser.number("return document.querySelectorAll('img:not([src^=data])').length"));
    assertEquals(0L, browser.number("return performance.getEntriesByType('resource').length"));
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void aDarkScreenGetsItsOwnColours() throws IOException {
    show(RunRecords.domainShift(), 1280);
    String colour =
        "return echarts.getInstanceByDom(document.querySelector('.plot'))"
            + ".getOption().series[0].color";
    Object light = browser.run(colour);
    browser.prefer("dark");
    assertNotEquals(light, browser.run(colour));
    browser.prefer("light");
  }

  private static void show(RunRecord record, int width) throws IOException {
    browser.show(HtmlReportTest.page(record), width);
  }

  private static long lastEpoch() {
    return browser.number(
        """
        const plot = document.querySelector('#epoch-nc1_pinv-features .plot');
        const series = echarts.getInstanceByDom(plot).getOption().series;
        return Math.max(...series.flatMap(s => s.data.map(point => point[0])))\
        """);
  }

  private static long seriesNamed(String name) {
    return browser.seriesNamed(name, ".plot");
  }
}
