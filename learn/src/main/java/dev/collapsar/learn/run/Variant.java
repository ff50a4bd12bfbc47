package dev.collapsar.learn.run;

/**
 * One network trained one way within a run.
 *
 * @param name as in the record's rows, such as {@code lora-r8}
 * @param stage of the recipe that trains it, such as {@code adapt}
 * @param kind what of it is trained
 */
public record Variant(String name, String stage, Kind kind) {

  /** What of a network is trained. */
  public enum Kind {
    /** All of it, from initial values or a checkpoint's: not an adaptation. */
    BASE,
    /** All of it, from the base's values. */
    FULL,
    /** Its last layer alone. */
    HEAD,
    /** A low-rank update of some of its layers. */
    ADAPTER,
    /** Nothing: it was trained elsewhere. */
    STORED
  }

  public boolean isAdapter() {
    return kind == Kind.ADAPTER;
  }
}
