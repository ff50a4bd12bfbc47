package dev.collapsar.learn.checkpoint;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A Python object that is no tensor, number, text or container. Nothing was imported, called or
 * built; its name is known, and what it was given, so that no tensor hides in it. Two are the same
 * only if they are one: an object may hold itself.
 */
final class Inert {
  private final String name;
  private final List<Object> given = new ArrayList<>();

  Inert(String name) {
    this.name = name;
  }

  /** The same object, which was given this too. */
  Inert holding(Object value) {
    given.add(value);
    return this;
  }

  String name() {
    return name;
  }

  /** Arguments, attributes and items, as far as the pickle gives them. */
  List<Object> given() {
    return Collections.unmodifiableList(given);
  }
}
