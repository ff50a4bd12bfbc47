package dev.collapsar.learn.merge;

import dev.collapsar.InvalidInputException;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tensors of an adapter that its base does not have, such as a classifier's head. */
final class NewTensors {
  private static final Pattern IN_LAYER = Pattern.compile("(.*?\\.[0-9]+\\.).+");

  private NewTensors() {}

  /**
   * That one has a place: in a layer that the base has, of which it has nothing of the kind, it
   * would be written beside what it is to replace, which another version calls otherwise.
   *
   * @param base the names of the base's tensors
   * @throws InvalidInputException if it has none
   */
  static void requirePlace(String name, Collection<String> base) {
    Matcher layer = IN_LAYER.matcher(name);
    if (!layer.matches()) {
      return;
    }
    String module = name.substring(0, name.lastIndexOf('.') + 1);
    boolean inside = base.stream().anyMatch(other -> other.startsWith(layer.group(1)));
    boolean beside =
        base.stream()
            .anyMatch(other -> other.startsWith(module) && other.indexOf('.', module.length()) < 0);
    if (inside && !beside) {
      throw new InvalidInputException(
          ("the adapter saves %s in full, and the base's layer %s has no such module: it is of"
                  + " another network, or of a version with other names")
              .formatted(name, layer.group(1).substring(0, layer.group(1).length() - 1)));
    }
  }
}
