package dev.collapsar.learn.tensor;

import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * The owner of native memory for one step. Java's collector sees eight bytes of a tensor, however
 * large it is; so every tensor made inside {@link #run} or {@link #within} is freed when it
 * returns, except those that {@link #keep} let go.
 */
public final class TensorScope {
  private TensorScope() {}

  /** Runs the action; frees every tensor that it made. */
  public static void run(Runnable action) {
    within(
        () -> {
          action.run();
          return null;
        });
  }

  /** Runs the action without recording gradients; frees every tensor that it made. */
  public static void runWithoutGradients(Runnable action) {
    withinWithoutGradients(
        () -> {
          action.run();
          return null;
        });
  }

  /**
   * Computes a value of Java's (a number, an array, a record); frees every tensor that the
   * computation made.
   */
  public static <T> T within(Supplier<T> computation) {
    TorchRuntime.load();
    PointerScope scope = new PointerScope();
    try {
      return computation.get();
    } finally {
      scope.close();
    }
  }

  /** As {@link #within}, without recording gradients. */
  public static <T> T withinWithoutGradients(Supplier<T> computation) {
    return within(
        () -> {
          NoGradGuard guard = new NoGradGuard();
          try {
            return computation.get();
          } finally {
            guard.close();
          }
        });
  }

  /**
   * Computes one tensor; frees the others. The result belongs to the scope around this one, or to
   * the caller if none is open.
   */
  public static Tensor result(Supplier<Tensor> computation) {
    PointerScope outer = PointerScope.getInnerScope();
    return within(
        () -> {
          Tensor result = new Tensor(computation.get());
          if (outer != null) {
            outer.attach(result);
          } else {
            result.retainReference();
          }
          return result;
        });
  }

  /**
   * The same data under a handle that outlives every scope; its new owner frees it with {@link
   * #free}.
   */
  public static Tensor keep(Tensor tensor) {
    Tensor kept = new Tensor(tensor);
    kept.retainReference();
    return kept;
  }

  /** Frees what {@link #keep} handed out. */
  public static void free(Tensor kept) {
    kept.releaseReference();
  }

  /** How many native objects are alive in this process; for tests and reports. */
  public static long liveObjects() {
    return Pointer.totalCount();
  }
}
