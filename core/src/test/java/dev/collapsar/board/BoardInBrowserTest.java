package dev.collapsar.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.report.ReportBrowser;
import dev.collapsar.run.RecordDraft;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The board's page in a browser: every control of it, and a run that writes meanwhile. */
class BoardInBrowserTest {
  private static final String HOSTILE = "<img src=x onerror=\"attacked=1\">'&amp;</script>";

  @TempDir Path runs;
  @RegisterExtension static final ReportBrowser browser = new ReportBrowser();

  @Test
  void aTableIsSortedFilteredGroupedAndCopied() throws IOException {
    writeFour();
    browser.show(new Board(runs).page(browser.file()), 1280, 900);
    assertEquals(12L, rows()); // three variants of the last stage each
    browser.click("[data-sort='accuracy_shifted']");
    assertTrue((Boolean) browser.run(isOrdered("<=")), "ascending");
    browser.click("[data-sort='accuracy_shifted']");
    assertTrue((Boolean) browser.run(isOrdered(">=")), "descending");
    assertEquals(
        "descending",
        browser.run("return document.querySelector('[aria-sort]').getAttribute('aria-sort')"));

    browser.type("#filter", "lora.rank>=8 seed=2");
    assertEquals(3L, rows());
    browser.type("#filter", "head");
    assertEquals(4L, rows());
    browser.type("#filter", "accuracy_test<.5");
    assertEquals(0L, rows());
    browser.type("#filter", "run");
    choose("variants", "full");
    assertEquals(4L, rows());
    choose("variants", "*");
    assertEquals(16L, rows());
    choose("groups", "lora.rank");
    assertEquals(2L, groups());
    choose("groups", "*"); // three variants at two ranks and one LoRA each, whatever the seed
    assertEquals(8L, groups());

    browser.run("document.execCommand = () => { window.copied = true; return true; }");
    browser.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }");
    browser.click("#copy");
    browser.await("window.copied.split('\\n').length === 18");
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void everyNumberHasACurveAndEveryVariantItsColour() throws IOException {
    writeFour();
    browser.show(new Board(runs).page(browser.file()), 1280, 900);
    assertEquals(
        0L,
        browser.number(
            """
            return [...document.querySelectorAll('#board td.value')]
              .filter(cell => !cell.querySelector('svg path')?.getTotalLength()).length\
            """));
    assertEquals(
        4L, // full, head and a LoRA of each rank
        browser.number(
            """
            return new Set([...document.querySelectorAll('#board .swatch')]
              .map(swatch => getComputedStyle(swatch).backgroundColor)).size\
            """));
  }

  @Test
  void manySettingsStandBehindTheNumbersAndFewBeforeThem() throws IOException {
    writeFour();
    String heads =
        "return [...document.querySelectorAll('[data-sort]')].map(b => b.dataset.sort).join(' ')";
    browser.show(new Board(runs).page(browser.file()), 1280, 900);
    String few = (String) browser.run(heads);
    assertTrue(few.contains("variant lora.rank seed epoch"), few);
    RunRecord other = RunRecords.domainShift();
    Map<String, Object> settings = new LinkedHashMap<>(other.settings());
    settings.replaceAll((key, value) -> value + "0");
    write("other", RecordDraft.of(other).settings(settings).record());
    browser.show(new Board(runs).page(browser.file()), 1280, 900);
    String many = (String) browser.run(heads);
    assertTrue(many.startsWith("run variant epoch "), many);
    assertTrue(many.contains(" seed started"), many);
  }

  @Test
  void aRunIsFollowedWhileItWrites() {
    RunRecord whole = RunRecords.domainShift();
    try (RunDirectory directory = RunDirectory.create(runs.resolve("live"));
        BoardServer server = BoardServer.start(new Board(runs), 0)) {
      browser.visit(server.address(), 1280, 900);
      browser.await("document.body.textContent.includes('it has no numbers yet')");
      directory.write(until(whole, 2));
      browser.await(cell("epoch 2") + " && document.querySelector('.state.running')");
      directory.write(until(whole, 3));
      browser.await(cell("epoch 3"));
      directory.write(whole);
    }
  }

  @Test
  void chosenRunsOpenSideBySideAndARunByItsName() throws IOException {
    writeFour();
    try (BoardServer server = BoardServer.start(new Board(runs), 0)) {
      browser.visit(server.address(), 1280, 900);
      browser.click("input[aria-label='compare run 1']");
      browser.click("input[aria-label='compare run 2']");
      browser.click("#compare");
      browser.await("document.title === 'run 1 and run 2'");
      browser.visit(server.address(), 1280, 900);
      browser.click("#board tbody a");
      browser.await("document.title.startsWith('domain-shift')");
      assertEquals(List.of(), browser.complaints());
    }
  }

  @Test
  void hostileNamesAreReadAndNotRunAndBrokenRunsAreGrey() throws IOException {
    write("a", RunRecords.withText(HOSTILE));
    Files.createDirectories(runs.resolve("broken"));
    Files.writeString(runs.resolve("broken/record.json"), HOSTILE);
    browser.show(new Board(runs).page(browser.file()), 400, 900);
    assertNull(browser.run("return window.attacked"));
    assertEquals(
        "broken", browser.run("return document.querySelector('.problem th span').textContent"));
    String beyond = "const p = document.documentElement; return p.scrollWidth - p.clientWidth";
    assertEquals(0L, browser.number(beyond));
    assertEquals(List.of(), browser.complaints());
  }

  private void writeFour() {
    for (int i = 1; i <= 4; i++) {
      write("run " + i, RunRecords.domainShift(1 + i % 2, List.of(i <= 2 ? 4 : 8)));
    }
  }

  private void write(String name, RunRecord record) {
    try (RunDirectory directory = RunDirectory.create(runs.resolve(name))) {
      directory.write(record);
    }
  }

  private static RunRecord until(RunRecord record, int epoch) {
    RunRecord running = RunRecords.with(record, RunRecord.Status.RUNNING, record.title());
    return RunRecords.with(
        running, running.measurements().stream().filter(row -> row.epoch() <= epoch).toList());
  }

  private static long rows() {
    return browser.number("return document.querySelectorAll('#board tbody tr[data-run]').length");
  }

  private static long groups() {
    return browser.number("return document.querySelectorAll('#board tr.group').length");
  }

  private static void choose(String select, String value) {
    browser.run(
        """
        const select = document.getElementById(arguments[0]);
        select.value = arguments[1];
        select.dispatchEvent(new Event('change'))\
        """,
        select,
        value);
  }

  private static String isOrdered(String sign) {
    return """
        const values = [...document.querySelectorAll("td[data-key='accuracy_shifted'] [title]")]
          .map(cell => parseFloat(cell.textContent));
        return values.length === 12 && values.every((v, i) => !i || values[i - 1] %s v)\
        """
        .formatted(sign);
  }

  /** That a curve ends there. */
  private static String cell(String epoch) {
    return "!!document.querySelector(\"#board svg[aria-label$='%s']\")".formatted(epoch);
  }
}
