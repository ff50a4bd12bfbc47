package dev.collapsar.learn.variant;

import dev.collapsar.InvalidInputException;

/**
 * Whether features fit in this JVM's memory, asked before any is taken.
 *
 * @param option what the user chose taps by, for the message: {@code taps=}
 * @param remedy what to reduce
 * @param memory what Java may use, in bytes
 */
record MemoryCheck(String option, String remedy, long memory) {
  /** What the moments of a table's parts and the rest of a measurement may take, in bytes. */
  private static final long WORKING = 256L << 20;

  /** Of a recipe, in the memory that this JVM has. */
  static MemoryCheck ofThisJvm() {
    return ofRecipe(Runtime.getRuntime().maxMemory());
  }

  static MemoryCheck ofRecipe(long memory) {
    return new MemoryCheck("taps=", "fewer taps or samples", memory);
  }

  /**
   * Features of N samples with d values each, all taps together, take 4 N d bytes, and a
   * measurement 256 MiB. An array must fit in the collector's old generation: three fifths of the
   * memory are what there is.
   *
   * @param taps their names
   * @param values d, at all taps together
   * @param widest at the largest of them
   * @param besides bytes that are taken besides
   * @throws InvalidInputException if they do not fit
   */
  void require(String taps, long samples, long values, long widest, long besides) {
    long features = 4 * samples * values;
    long usable = memory / 5 * 3;
    if (features + besides + WORKING > usable || samples * widest > Integer.MAX_VALUE - 8) {
      throw new InvalidInputException(
          ("%s%s: features of %s images with %s values each take %s MiB (4 bytes a value) and the"
                  + " measurement %s MiB, of %s MiB at most; choose %s, or give Java more memory"
                  + " with COLLAPSAR_JAVA_OPTS=-Xmx<size>")
              .formatted(
                  option,
                  taps,
                  samples,
                  values,
                  features >> 20,
                  besides + WORKING >> 20,
                  usable >> 20,
                  remedy));
    }
  }
}
