package dev.collapsar.report;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * Debian's Chromium without network, and a report in it, while the tests of a class run; they are
 * skipped where there is none.
 */
public final class ReportBrowser implements BeforeAllCallback, AfterAllCallback {
  private static final Path BROWSER = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

  /** Charts are drawn when they come near the screen: on one as tall as this, all are. */
  private static final int ALL = 30_000;

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  // Selenium warns that it does not know the browser's newest protocol; what is used here is old.
  private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

  private Path file;
  private ChromeDriver driver;

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
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
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");
    file = Files.createTempFile("report", ".html");
    driver =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(DRIVER.toFile())
                .usingAnyFreePort()
                .build(),
            options);
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    if (driver != null) {
      driver.quit();
      Files.delete(file);
    }
  }

  /** Where the page lies that is shown. */
  public Path file() {
    return file;
  }

  /** Opens a page so wide, and tall enough for all of its charts to be drawn. */
  public void show(String page, int width) throws IOException {
    show(page, width, ALL);
  }

  public void show(String page, int width, int height) throws IOException {
    Files.writeString(file, page);
    visit(file.toUri(), width, height);
  }

  /** Opens a page that is somewhere already. */
  public void visit(URI page, int width, int height) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    complaints();
    driver.get(page.toString());
    nextFrame();
  }

  /** What is near, and which media queries hold, is seen to before the next frame. */
  public void nextFrame() {
    driver.executeAsyncScript("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))");
  }

  public void prefer(String scheme) {
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    nextFrame();
  }

  public void click(String selector) {
    driver.findElement(By.cssSelector(selector)).click();
  }

  /** Types into a field, in place of what is in it. */
  public void type(String selector, String text) {
    driver.findElement(By.cssSelector(selector)).clear();
    driver.findElement(By.cssSelector(selector)).sendKeys(text);
  }

  /** Drags the mouse across an element, between two parts of its width. */
  public void drag(String selector, double from, double to) {
    WebElement element = driver.findElement(By.cssSelector(selector));
    int width = element.getSize().getWidth();
    new Actions(driver)
        .moveToElement(element, (int) ((from - .5) * width), 0)
        .clickAndHold()
        .moveByOffset((int) ((to - from) * width), 0)
        .release()
        .perform();
  }

  /** Waits until a condition of the page holds, some seconds at most. */
  public void await(String condition) {
    driver.manage().timeouts().scriptTimeout(PATIENCE);
    driver.executeAsyncScript(
        """
        const done = arguments[0];
        const look = () => (%s) ? done() : setTimeout(look, 50);
        look()\
        """
            .formatted(condition));
  }

  public Object run(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  public long number(String script, Object... arguments) {
    return (Long) run(script, arguments);
  }

  /** What the console has said since it was last asked. */
  public List<String> complaints() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(entry -> entry.getLevel() + " " + entry.getMessage())
        .toList();
  }

  /** How many charts lack lines or width. */
  public long chartsNotDrawn() {
    return number(
        """
        return [...document.querySelectorAll('.plot')].filter(plot => {
          const lines = [...plot.querySelectorAll('svg path')].filter(p => p.getBBox().width > 0);
          return plot.clientWidth < 200 || lines.length < 4;
        }).length\
        """);
  }

  /** How many series of those of these charts that are drawn have a name that begins so. */
  public long seriesNamed(String name, String plots) {
    return number(
        """
        return [...document.querySelectorAll(arguments[1])]
          .flatMap(plot => echarts.getInstanceByDom(plot)?.getOption().series ?? [])
          .filter(series => series.name && series.name.startsWith(arguments[0])).length\
        """,
        name,
        plots);
  }
}
