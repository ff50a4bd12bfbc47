package dev.collapsar.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StudyFileTest {
  private static final String WHOLE =
      """
      study: Does it?
      recipe: lora-ranks
      seeds: 1..3
      adapt-seeds: [7, 9]
      settings:
        base.epochs: 4
        lora: {alpha: 2}
      sweep:
        lora.rank: [1, [1, 4]]
        lora:
          init: [random, pissa]
      except:
        - {lora.rank: [1, 4], lora: {init: pissa}}
      control: head
      margin: 1.2
      hypotheses:
        - title: It is as it was
          claim: unchanged
          metric: nc1_pinv
          of: [lora-r1, lora-r4]
          where: {lora.init: pissa}
          against: start
          margin: 1.05
      """;

  @TempDir private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("study.yaml"), text);
  }

  @Test
  void aFileSaysRunsAndQuestions() throws IOException {
    StudyFile study = StudyDirectory.readPlan(file(WHOLE));

    assertEquals(List.of(1L, 2L, 3L), study.seeds());
    assertEquals(List.of(7L, 9L), study.adaptSeeds());
    assertEquals(Map.of("base.epochs", "4", "lora.alpha", "2"), study.settings());
    assertEquals(
        List.of(
            new Axis("lora.rank", List.of("1", "1,4")),
            new Axis("lora.init", List.of("random", "pissa"))),
        study.axes());
    assertEquals(Optional.of("head"), study.question().control());
    assertEquals(1.2, study.question().margin());
    Hypothesis second = study.question().hypotheses().get(1);
    assertEquals("lora-r4", second.of());
    assertEquals(Map.of("lora.init", "pissa"), second.where());
    assertEquals(OptionalDouble.of(1.05), second.margin());
    assertEquals(OptionalInt.empty(), study.threads());
  }

  @Test
  void choicesThatDoNotGoTogetherAreLeftOut() throws IOException {
    assertEquals(
        List.of(
            Map.of("lora.rank", "1", "lora.init", "random"),
            Map.of("lora.rank", "1", "lora.init", "pissa"),
            Map.of("lora.rank", "1,4", "lora.init", "random")),
        StudyDirectory.readPlan(file(WHOLE)).choices());
  }

  @Test
  void whatIsWrittenReadsBackTheSame() throws IOException {
    StudyFile study = StudyDirectory.readPlan(file(WHOLE));
    assertEquals(study, StudyDirectory.readPlan(file(study.toYaml())));
  }

  @Test
  void aRecipeFileIsNoStudy() throws IOException {
    assertTrue(StudyDirectory.isPlan(file(WHOLE)));
    assertFalse(StudyDirectory.isPlan(file("recipe: lora-ranks\n")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "seeds: 1..3 | seeds: 1,2,1 | has 1 twice",
        "seeds: 1..3 | seeds: 5..3 | runs backwards",
        "seeds: 1..3 | seeds: some | must be whole numbers",
        "control: head | controls: head | there is no such key; nearest: control",
        "margin: 1.2 | margin: .9 | margin must be a ratio above 1",
        "claim: unchanged | claim: same | must be different or unchanged",
        "metric: nc1_pinv | layer: features | metric: is missing",
        "init: [random, pissa] | init: [pissa, pissa] | has a value twice",
        "init: [random, pissa] | init: pissa | must be a list of values",
        "base.epochs: 4 | lora.rank: 4 | leave one out",
        "'{lora.rank: [1, 4], lora: {init: pissa}}' | '{lora.rank: 4}' | no axis has this value",
        "'{lora.rank: [1, 4], lora: {init: pissa}}' | '{lora.alpha: 2}' | no axis has this value",
        "'{lora.rank: [1, 4], lora: {init: pissa}}' | '{}' | names no value",
        "'{lora.rank: [1, 4], lora: {init: pissa}}' | '{lora.rank: 1}\n  - {lora.rank:"
            + " [1, 4]}' | no run",
      })
  void whatIsWrongIsSaidInOneLine(String from, String to, String problem) throws IOException {
    Path file = file(WHOLE.replace(from, to));
    InvalidInputException refused =
        assertThrows(InvalidInputException.class, () -> StudyDirectory.readPlan(file));
    assertTrue(refused.getMessage().contains(problem), refused::getMessage);
    assertEquals(1, refused.getMessage().lines().count());
  }

  @Test
  void seedsAreWrittenAsTheyAreRead() {
    for (String text : List.of("1..5", "3,7,11", "1..3,42", "4", "8,9", "-2..0")) {
      assertEquals(text, Seeds.text(Seeds.parse("--seeds", text)));
    }
  }
}
