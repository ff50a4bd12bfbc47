package dev.collapsar.learn.tensor;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Asserts that native objects were freed. */
public final class NativeObjects {
  private NativeObjects() {}

  /** No more are alive than before; fewer if the garbage collector found what other tests left. */
  public static void assertNoneLeft(long before, String of) {
    long now = TensorScope.liveObjects();
    assertTrue(now <= before, () -> "%s: %s more are alive".formatted(of, now - before));
  }

  public static void assertNoneLeft(long before) {
    assertNoneLeft(before, "native objects");
  }
}
