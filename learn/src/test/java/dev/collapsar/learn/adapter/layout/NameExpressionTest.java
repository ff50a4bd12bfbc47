package dev.collapsar.learn.adapter.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.weight.WeightSite;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Expressions of other people's configurations mean what they mean in PEFT, and end. */
class NameExpressionTest {
  private static final Duration SOON = Duration.ofSeconds(20); // on a machine that is busy

  @Test
  void anExpressionIsForTheWholeNameAsPythonsFullmatch() {
    NameExpression layers = NameExpression.of("model\\.layers\\.(?P<n>[0-3])\\..*_proj");
    assertTrue(layers.matches("model.layers.3.mlp.up_proj"));
    assertFalse(layers.matches("model.layers.4.mlp.up_proj"));
    assertFalse(layers.matches("model.layers.3.mlp.up_proj.bias"));
    assertTrue(NameExpression.of("a\\.b|c_1").matches("c_1"));
    assertFalse(NameExpression.of("a\\.b|c_1").matches("a_b"));
  }

  @Test
  void anExpressionThatLooksAheadIsUnderstood() {
    NameExpression unsloth =
        NameExpression.of("^(?!.*vision)(?=.*layers).*?(?:attn|mlp).*?(?:q|up)_proj$");
    assertTrue(unsloth.matches("model.layers.7.self_attn.q_proj"));
    assertFalse(unsloth.matches("vision.layers.7.self_attn.q_proj"));
  }

  @Test
  void nestedRepetitionsTakeTimeLinearInTheName() {
    String name = "a".repeat(20_000);
    assertTimeoutPreemptively(
        SOON, () -> assertFalse(NameExpression.of("(a+)+(a|aa)*b").matches(name)));
  }

  @Test
  void anExpressionThatLooksAheadHasABudgetOfSteps() {
    NameExpression hostile = NameExpression.of("(?=a)(.*)(.*)(.*)(.*)(.*)(.*)b");
    assertTimeoutPreemptively(
        SOON,
        () -> {
          String message =
              assertThrows(InvalidInputException.class, () -> hostile.matches("a".repeat(200)))
                  .getMessage();
          assertTrue(
              message.startsWith("the expression '(?=a)(.*)(.*)(.*)(.*)(.*)(.*)b' takes more than"),
              message);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"(((a{100}){100}){100}){100}", "(a", "[", "a{1000}{1000}", "*"})
  void whatIsNoExpressionOrUnfoldsWithoutEndIsRefused(String expression) {
    assertTimeoutPreemptively(
        SOON,
        () -> assertThrows(PatternSyntaxException.class, () -> NameExpression.of(expression)));
  }

  @Test
  void deepNestingEndsInAnAnswer() {
    String deep = "(?=".repeat(50_000) + "a" + ")".repeat(50_000);
    assertThrows(PatternSyntaxException.class, () -> NameExpression.of(deep));
  }

  @Test
  void selectionIsLinearInTargetsAndModules() {
    List<String> targets = IntStream.range(0, 80_000).mapToObj(i -> "layer" + i + ".q").toList();
    List<String> modules = IntStream.range(0, 20_000).mapToObj(i -> "m.layer" + i + ".q").toList();
    Map<String, Integer> ranks = new LinkedHashMap<>();
    targets.forEach(target -> ranks.put(target, target.length()));
    assertTimeoutPreemptively(
        SOON,
        () -> {
          ModuleSelector named = new ModuleSelector.Named(targets);
          NamePatterns<Integer> patterns = new NamePatterns<>(ranks);
          assertTrue(modules.stream().allMatch(m -> named.selects(m, WeightSite.Kind.LINEAR)));
          assertTrue(modules.stream().allMatch(m -> patterns.first(m).orElse(0) == m.length() - 2));
        });
  }

  @Test
  void theFirstPatternThatMatchesCountsWhereverItsKindStands() {
    Map<String, Integer> values = new LinkedHashMap<>();
    values.put("b.c", 1); // any letter between
    values.put("a\\.b\\.c", 2);
    values.put("^a\\.b_c", 3);
    values.put("b[_.]c", 4);
    values.put("^c", 5);
    values.put("c", 6);
    NamePatterns<Integer> patterns = new NamePatterns<>(values);
    assertEquals(Optional.of(1), patterns.first("a.b.c"));
    assertEquals(Optional.of(1), patterns.first("x.b_c"));
    assertEquals(Optional.of(6), patterns.first("a.c"));
    assertEquals(Optional.of(5), patterns.first("c"));
    assertEquals(Optional.empty(), patterns.first("bc"));
    assertEquals(
        Optional.of("'b.c' (1) and 'a\\.b\\.c' (2) both match a.b.c"),
        patterns.conflict(List.of("d", "a.b.c")));
  }

  @Test
  void thousandsOfExpressionsOnThousandsOfModulesAreRefusedBeforeTheyTakeMinutes() {
    Map<String, Integer> values = new LinkedHashMap<>();
    IntStream.range(0, 5_000).forEach(i -> values.put("x+" + i, i));
    NamePatterns<Integer> patterns = new NamePatterns<>(values);
    assertTimeoutPreemptively(
        SOON.multipliedBy(3),
        () ->
            assertThrows(
                InvalidInputException.class,
                () -> IntStream.range(0, 20_000).forEach(i -> patterns.first("module" + i))));
  }
}
