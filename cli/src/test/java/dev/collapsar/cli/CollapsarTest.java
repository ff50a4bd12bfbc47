package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.Spelling;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

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

  /** Every option of any command whose value is one of several words. */
  static List<OptionSpec> choices() {
    List<OptionSpec> choices = new ArrayList<>();
    Deque<CommandLine> commands = new ArrayDeque<>(List.of(Collapsar.commandLine()));
    while (!commands.isEmpty()) {
      CommandLine command = commands.pop();
      command.getCommandSpec().options().stream()
          .filter(option -> option.type().isEnum())
          .forEach(choices::add);
      commands.addAll(command.getSubcommands().values());
    }
    return choices;
  }

  @ParameterizedTest
  @MethodSource("choices")
  void aChoiceIsListedAsItIsTypedByHelpAndByRefusal(OptionSpec option) {
    String command = option.command().qualifiedName();
    List<String> words = Spelling.all(option.type());
    String path = command.substring("collapsar ".length());
    Session refused = Session.of((path + " " + option.longestName() + " none").split(" "));
    assertEquals(
        "collapsar: Invalid value for option '%s': 'none' is none of %s (see '%s --help')"
            .formatted(option.longestName(), String.join(", ", words), command),
        refused.err().strip());
    assertEquals(2, refused.exitCode());
    String help = Session.of((path + " --help").split(" ")).out().replaceAll("-\\s+", "-");
    for (Object constant : option.type().getEnumConstants()) {
      assertTrue(help.contains(Spelling.of((Enum<?>) constant)), help);
      assertFalse(help.contains(((Enum<?>) constant).name()), help);
    }
  }

  @Test
  void everyCommandWithAChoiceIsAmongThose() {
    Set<String> names = new TreeSet<>();
    choices().forEach(option -> names.add(option.longestName()));
    assertEquals(
        Set.of("--average", "--global-mean", "--format", "--mode", "--election", "--part"), names);
  }

  /** Every command and the commands of commands, as they are typed. */
  static List<String> commands() {
    List<String> paths = new ArrayList<>();
    Deque<CommandLine> commands = new ArrayDeque<>(List.of(Collapsar.commandLine()));
    while (!commands.isEmpty()) {
      CommandLine command = commands.pop();
      paths.add(command.getCommandSpec().qualifiedName());
      commands.addAll(command.getSubcommands().values());
    }
    return paths;
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelpThatFitsATerminalAndSaysWhatItDoes(String command) {
    String path = command.substring("collapsar".length()).strip();
    Session help = Session.of((path + " --help").strip().split(" "));
    assertEquals(0, help.exitCode());
    assertEquals("", help.err()); // such as picocli's of a %
    assertTrue(help.out().startsWith("Usage: " + command), help.out());
    help.out().lines().forEach(line -> assertTrue(line.length() <= 80, line));
    assertTrue(help.out().lines().anyMatch(line -> line.matches("[A-Z].*[.,:]")), help.out());
    assertEquals(help.out(), Session.of(("help " + path).strip().split(" ")).out());
  }

  @Test
  void helpOnNoCommandIsRefusedInOneLine() {
    Session session = Session.of("help", "adapter", "mrege");
    assertEquals(2, session.exitCode());
    assertTrue(session.err().startsWith("collapsar: unknown command mrege; nearest: merge"));
  }

  @Test
  void theVersionIsACommandToo() {
    assertEquals(Session.of("--version").out(), Session.of("version").out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void shellsAreToldEveryCommandAndOption(String shell) {
    String script = Session.of("completion", shell).out();
    assertTrue(script.startsWith("#!"), script);
    assertTrue(script.contains("ZSH_VERSION") && script.contains("complete -F"), script);
    for (String word : List.of("measure", "adapter", "--ignore-label", "--resume", "'json'")) {
      assertTrue(script.contains(word.replace("'", "")), word);
    }
  }

  @Test
  void listsAreForProgramsToo() throws IOException {
    var recipes =
        new com.fasterxml.jackson.databind.ObjectMapper()
            .readTree(Session.of("list", "--format", "json").out());
    assertTrue(recipes.findValuesAsText("name").contains("domain-shift"));
    var data =
        new com.fasterxml.jackson.databind.ObjectMapper()
            .readTree(Session.of("data", "list", "--format", "json").out());
    assertTrue(data.findValuesAsText("name").contains("mnist"));
  }
}
