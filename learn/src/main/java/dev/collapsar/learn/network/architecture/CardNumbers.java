package dev.collapsar.learn.network.architecture;

import dev.collapsar.InvalidInputException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The numbers of a card's architecture, each checked as it is read. */
record CardNumbers(Map<String, Object> values, int classes, String source) {
  private static final int LARGEST = 1 << 24;

  String name() {
    return String.valueOf(values.get("name"));
  }

  List<Integer> integers(String key) {
    if (values.get(key) instanceof List<?> list) {
      return list.stream().map(value -> integer(key, value)).toList();
    }
    throw bad(key, "a list of integers");
  }

  int integer(String key) {
    return integer(key, values.get(key));
  }

  private int integer(String key, Object value) {
    if (value instanceof Integer number && number >= 1 && number <= LARGEST) {
      return number;
    }
    throw bad(key, "an integer from 1 to " + LARGEST);
  }

  <T> T choice(String key, T[] choices, Function<T, String> spelling) {
    return Arrays.stream(choices)
        .filter(choice -> spelling.apply(choice).equals(values.get(key)))
        .findFirst()
        .orElseThrow(
            () -> bad(key, String.join(" or ", Arrays.stream(choices).map(spelling).toList())));
  }

  InvalidInputException bad(String key, String allowed) {
    return new InvalidInputException(
        "%s: its card's architecture has %s=%s; it must be %s"
            .formatted(source, key, values.get(key), allowed));
  }
}
