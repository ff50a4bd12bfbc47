package dev.collapsar.learn.network.script;

/**
 * The part of a network that is meant: all of it, what comes before a module, or what begins with
 * it.
 *
 * @param module dotted name; empty for all
 * @param isBeginning whether what comes before it is meant
 */
record ScriptPart(String module, boolean isBeginning) {
  static final ScriptPart ALL = new ScriptPart("", false);
}
