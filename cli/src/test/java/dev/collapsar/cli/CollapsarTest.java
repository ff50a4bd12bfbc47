package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CollapsarTest {
  @Test
  void withoutACommandTheHelpSaysWhatThereIs() {
    Session bare = Session.of();
    assertEquals(0, bare.exitCode());
    assertEquals("", bare.err());
    assertEquals(Session.of("--help").out(), bare.out());
    assertTrue(bare.out().contains("Begin with:  collapsar run domain-shift --quick"), bare.out());
    for (String command :
        new String[] {"run", "list", "measure", "report", "diff", "convert", "data"}) {
      assertTrue(bare.out().lines().anyMatch(l -> l.strip().startsWith(command + " ")), command);
    }
  }

  @Test
  void recipesAreListedOneLineEach() {
    Session list = Session.of("list");
    assertEquals(0, list.exitCode());
    assertTrue(
        list.out()
            .lines()
            .anyMatch(line -> line.matches("domain-shift +Full, head-only and LoRA .*")),
        list.out());
  }

  @Test
  void theVersionIsSaid() {
    Session version = Session.of("--version");
    assertEquals(0, version.exitCode());
    assertTrue(version.out().startsWith("collapsar 0."), version.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rnu                         | unknown command rnu; nearest: run,",
        "--verison                   | unknown option --verison; nearest: --version,",
        "run                         | Missing required parameter: 'RECIPE'",
        "run domain-shift again      | unexpected argument again",
        "run domain-shift --sed 1    | unknown option --sed; nearest: --set, --seed,",
        "run domain-shift --set      | Missing required parameter for option '--set' (key=value)",
        "run domain-shift --seed     | Missing required parameter for option '--seed' (N)",
        "run domain-shift --seed x   | Invalid value for option '--seed': 'x' is no whole number",
        "run domain-shift --seed 1.5 | Invalid value for option '--seed': '1.5' is no whole number",
        "run domain-shift --threads two"
            + " | Invalid value for option '--threads': 'two' is no whole number",
        "run domain-shift --quick=maybe"
            + " | Invalid value for option '--quick': 'maybe' is not a boolean",
        "list everything             | unexpected argument everything"
      })
  void anArgumentThatIsNoneIsNamedInOneLine(String arguments, String expected) {
    Session session = Session.of(arguments.split(" "));
    assertEquals(2, session.exitCode());
    assertEquals("", session.out());
    assertEquals(1, session.err().lines().count(), session.err());
    assertTrue(session.err().startsWith("collapsar: " + expected), session.err());
    assertTrue(session.err().contains(" --help')"), session.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "list", "measure", "report", "diff", "convert", "data"})
  void everyCommandHasHelpThatFitsATerminal(String command) {
    Session help = Session.of(command, "--help");
    assertEquals(0, help.exitCode());
    assertTrue(help.out().startsWith("Usage: collapsar " + command), help.out());
    help.out().lines().forEach(line -> assertTrue(line.length() <= 80, line));
  }
}
