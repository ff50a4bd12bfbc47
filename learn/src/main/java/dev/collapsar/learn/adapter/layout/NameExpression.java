package dev.collapsar.learn.adapter.layout;

import com.google.re2j.Pattern;
import dev.collapsar.InvalidInputException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression that somebody else wrote, for the names of modules as Python's {@code
 * re.fullmatch} takes it. Names in a row are looked up; any other expression runs in time linear in
 * the name (RE2), unless it looks around or back, as those of unsloth do: those run as Java's, for
 * so many steps a name.
 */
public final class NameExpression {
  private static final int MOST_STEPS = 1 << 20;
  private static final int LONGEST = 1 << 20;
  private static final int MOST_REPETITIONS = 10_000;
  private static final java.util.regex.Pattern COUNT =
      java.util.regex.Pattern.compile("\\{(\\d{1,6})(?:,(\\d{1,6})?)?\\}");

  private final String text;
  private final Predicate<String> matcher;

  private NameExpression(String text, Predicate<String> matcher) {
    this.text = text;
    this.matcher = matcher;
  }

  /**
   * @throws PatternSyntaxException if it is no regular expression, or one that unfolds to too much
   */
  public static NameExpression of(String expression) {
    Optional<Set<String>> names = names(expression);
    if (names.isPresent()) {
      return new NameExpression(expression, names.get()::contains);
    }
    requireModest(expression);
    try {
      return new NameExpression(expression, Pattern.compile(expression)::matches);
    } catch (com.google.re2j.PatternSyntaxException | StackOverflowError e) {
      return new NameExpression(expression, stepwise(expression));
    }
  }

  /** Whether the whole name matches. */
  public boolean matches(String name) {
    return matcher.test(name);
  }

  /** The names that this expression lists, if it does nothing else. */
  private static Optional<Set<String>> names(String expression) {
    Set<String> names = new HashSet<>();
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < expression.length(); i++) {
      char next = expression.charAt(i);
      if (next == '|') {
        names.add(name.toString());
        name.setLength(0);
      } else if (isPlain(next)) {
        name.append(next);
      } else if (next == '\\'
          && i + 1 < expression.length()
          && expression.charAt(i + 1) < 128
          && !isPlain(expression.charAt(i + 1))) {
        name.append(expression.charAt(++i));
      } else {
        return Optional.empty();
      }
    }
    names.add(name.toString());
    return Optional.of(names);
  }

  private static boolean isPlain(char letter) {
    return letter >= 'a' && letter <= 'z'
        || letter >= 'A' && letter <= 'Z'
        || letter >= '0' && letter <= '9'
        || letter == '_';
  }

  /** Repetitions of repetitions unfold to programs of any size. */
  private static void requireModest(String expression) {
    if (expression.length() > LONGEST) {
      throw new PatternSyntaxException("it is too long", expression.substring(0, 100) + "...", -1);
    }
    long repetitions = 1;
    java.util.regex.Matcher counts = COUNT.matcher(expression);
    while (counts.find()) {
      int most = Integer.parseInt(counts.group(2) != null ? counts.group(2) : counts.group(1));
      repetitions = Math.min(MOST_REPETITIONS + 1L, repetitions * Math.max(1, most));
    }
    if (repetitions > MOST_REPETITIONS) {
      throw new PatternSyntaxException("its counted repetitions are too many", expression, -1);
    }
  }

  private static Predicate<String> stepwise(String expression) {
    java.util.regex.Pattern pattern;
    try {
      pattern = java.util.regex.Pattern.compile(expression.replace("(?P<", "(?<"));
    } catch (StackOverflowError e) {
      throw new PatternSyntaxException("it is nested too deeply", expression, -1);
    }
    return name -> {
      try {
        return pattern.matcher(new Counted(name, new int[] {MOST_STEPS})).matches();
      } catch (TooManySteps | StackOverflowError e) {
        throw new InvalidInputException(
            ("the expression '%s' takes more than %s steps on the name '%s'; write it"
                    + " without looking ahead or back")
                .formatted(expression, MOST_STEPS, name),
            e);
      }
    };
  }

  private static final class TooManySteps extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** A name that counts how often a matcher looks at a letter of it. */
  private record Counted(CharSequence name, int[] left) implements CharSequence {
    @Override
    public int length() {
      return name.length();
    }

    @Override
    public char charAt(int index) {
      if (left[0]-- == 0) {
        throw new TooManySteps();
      }
      return name.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Counted(name.subSequence(start, end), left);
    }

    @Override
    public String toString() {
      return name.toString();
    }
  }

  /** As it was written. */
  @Override
  public String toString() {
    return text;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NameExpression that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }
}
