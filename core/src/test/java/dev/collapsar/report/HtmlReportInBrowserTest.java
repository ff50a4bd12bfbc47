package dev.collapsar.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.collapsar.run.DigitNineRecords;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** The page in a real browser: Debian's Chromium, without network. */
class HtmlReportInBrowserTest {
  private static final Path BROWSER = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

  // Selenium warns that it does not know the browser's newest protocol; what is used here is old.
  private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

  @TempDir static Path directory;
  private static ChromeDriver browser;

  @BeforeAll
  static void start() {
    assumeTrue(
        Files.isExecutable(BROWSER) && Files.isExecutable(DRIVER),
        () -> "needs " + BROWSER + " and " + DRIVER + " (Debian: chromium, chromium-driver)");
    SELENIUM.setLevel(Level.SEVERE);
    LoggingPreferences logging = new LoggingPreferences();
    logging.enable(LogType.BROWSER, Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(BROWSER.toFile());
    options.setCapability("goog:loggingPrefs", logging);
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--host-resolver-rules=MAP * ~NOTFOUND");
    browser =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(DRIVER.toFile())
                .usingAnyFreePort()
                .build(),
            options);
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.quit();
    }
  }

  @Test
  void everyChartIsDrawnWithoutAWordOnTheConsole() throws IOException {
    show(RunRecords.domainShift(), 1280);
    assertEquals(2 + 2 + 1 + 11, number("return document.querySelectorAll('.plot').length"));
    assertEquals(0, chartsNotDrawn());
    assertEquals(List.of(), complaints());
  }

  @Test
  void exhibitsAreDrawnInTheColoursOfTheirVariants() throws IOException {
    show(DigitNineRecords.digitNine(), 1280);
    assertEquals(2, number("return document.querySelectorAll('.exhibit .plot').length"));
    assertEquals(0, chartsNotDrawn());
    String colours =
        """
        const plot = document.querySelector(arguments[0] + ' .plot');
        return echarts.getInstanceByDom(plot).getOption().series.map(s => s.color)\
        """;
    String variant = Palette.assign(List.of("lora-r1"), List.of()).get("lora-r1").light();
    assertEquals(List.of(variant), browser.executeScript(colours, "#exhibit-0-6"));
    List<?> others = (List<?>) browser.executeScript(colours, "#exhibit-0-5");
    assertEquals(2, others.stream().distinct().count());
    assertEquals(List.of(), complaints());
  }

  @Test
  void aGridShadesItsCellsBySizeAndBySign() throws IOException {
    show(DigitNineRecords.digitNine(), 1280);
    String shade =
        """
        const cell = document.querySelectorAll('#exhibit-0-4 tbody td')[arguments[0]];
        return cell.textContent + ' ' + getComputedStyle(cell).backgroundColor\
        """;
    assertEquals("−35 rgba(10, 106, 176, 0.26)", browser.executeScript(shade, 0));
    assertEquals("0 rgba(0, 0, 0, 0)", browser.executeScript(shade, 1));
    assertEquals("+35 rgba(206, 82, 8, 0.26)", browser.executeScript(shade, 9));
    assertEquals("+180 rgba(206, 82, 8, 0.54)", browser.executeScript(shade, 19));
  }

  @Test
  void aClickOnAVariantTakesItFromEveryChartAndAnotherBringsItBack() throws IOException {
    show(RunRecords.domainShift(), 1280);
    long all = seriesNamed("head");
    assertTrue(all > 10, all + " series");
    browser.findElement(By.cssSelector(".chip[data-subject='2']")).click();
    assertEquals(0, seriesNamed("head"));
    assertTrue(seriesNamed("full") > 10);
    browser.findElement(By.cssSelector(".chip[data-subject='2']")).click();
    assertEquals(all, seriesNamed("head"));
    assertEquals(List.of(), complaints());
  }

  @Test
  void aStageIsShownAloneOrAfterTheOneBefore() throws IOException {
    show(RunRecords.domainShift(), 1280);
    assertEquals(5L, lastEpoch());
    browser.findElement(By.cssSelector("[data-stage='all']")).click();
    assertEquals(10L, lastEpoch());
    browser.findElement(By.cssSelector("[data-stage='0']")).click();
    assertEquals(0, seriesNamed("full", "#epoch-nc1_pinv-features .plot"));
    assertEquals(1, seriesNamed("base", "#epoch-nc1_pinv-features .plot"));
    assertEquals(List.of(), complaints());
  }

  @Test
  void aMeasureOfAnotherStageIsShownInItsOwn() throws IOException {
    RunRecord record = RunRecords.domainShift();
    List<RunRecord.Row> rows =
        record.measurements().stream()
            .filter(row -> row.stage().equals("pretrain") || !row.metric().equals("loss_train"))
            .toList();
    show(RunRecords.with(record, rows), 1280);
    assertEquals(1, seriesNamed("base", "#epoch-loss_train- .plot"));
    assertEquals(
        "epoch, pretrain",
        browser.executeScript(
            """
            const plot = document.querySelector('#epoch-loss_train- .plot');
            return echarts.getInstanceByDom(plot).getOption().xAxis[0].name\
            """));
    assertEquals(0, chartsNotDrawn());
  }

  @ParameterizedTest
  @ValueSource(strings = {"domain-shift", "digit-nine"})
  void nothingOverflowsAPhone(String recipe) throws IOException {
    show(
        recipe.equals("digit-nine")
            ? DigitNineRecords.digitNine()
            : RunRecords.domainShift(42, List.of(2, 4, 8, 16)),
        400);
    assertEquals(400L, number("return window.innerWidth"));
    String beyond =
        "const page = document.documentElement; return page.scrollWidth - page.clientWidth";
    assertEquals(0L, number(beyond));
    browser.executeScript("document.querySelectorAll('details').forEach(d => d.open = true)");
    assertEquals(0L, number(beyond));
  }

  @Test
  void hostileNamesAreReadAndNotRun() throws IOException {
    show(RunRecords.withText(HtmlReportTest.HOSTILE), 1280);
    assertNull(browser.executeScript("return window.attacked"));
    assertEquals(
        "base" + HtmlReportTest.HOSTILE.replace('\u0007', '\uFFFD'),
        browser.executeScript("return document.querySelector('.chip').textContent.trim()"));
    assertEquals(0L, number("return document.querySelectorAll('img:not([src^=data])').length"));
    assertEquals(0L, number("return performance.getEntriesByType('resource').length"));
    assertEquals(List.of(), complaints());
  }

  @Test
  void aDarkScreenGetsItsOwnColours() throws IOException {
    show(RunRecords.domainShift(), 1280);
    String colour =
        "return echarts.getInstanceByDom(document.querySelector('.plot'))"
            + ".getOption().series[0].color";
    Object light = browser.executeScript(colour);
    browser.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
    // Media queries are evaluated anew before the next frame.
    browser.executeAsyncScript("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))");
    assertNotEquals(light, browser.executeScript(colour));
    browser.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", List.of()));
  }

  private static void show(RunRecord record, int width) throws IOException {
    Path file = Files.writeString(directory.resolve("report.html"), HtmlReportTest.page(record));
    browser.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", false));
    complaints();
    browser.get(file.toUri().toString());
  }

  /** What the console has said since it was last asked. */
  private static List<String> complaints() {
    return browser.manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(entry -> entry.getLevel() + " " + entry.getMessage())
        .toList();
  }

  private static long number(String script) {
    return (Long) browser.executeScript(script);
  }

  private static long chartsNotDrawn() {
    return number(
        """
        return [...document.querySelectorAll('.plot')].filter(plot => {
          const lines = [...plot.querySelectorAll('svg path')].filter(p => p.getBBox().width > 0);
          return plot.clientWidth < 200 || lines.length < 4;
        }).length\
        """);
  }

  private static long lastEpoch() {
    return number(
        """
        const plot = document.querySelector('#epoch-nc1_pinv-features .plot');
        const series = echarts.getInstanceByDom(plot).getOption().series;
        return Math.max(...series.flatMap(s => s.data.map(point => point[0])))\
        """);
  }

  private static long seriesNamed(String name) {
    return seriesNamed(name, ".plot");
  }

  private static long seriesNamed(String name, String plots) {
    return (Long)
        browser.executeScript(
            """
            return [...document.querySelectorAll(arguments[1])]
              .flatMap(plot => echarts.getInstanceByDom(plot).getOption().series)
              .filter(series => series.name && series.name.startsWith(arguments[0])).length\
            """,
            name,
            plots);
  }
}
