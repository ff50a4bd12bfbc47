package dev.collapsar.cli.output;

import java.io.IOException;
import java.io.InputStream;

/**
 * The end of a process whose parent is gone, however that ended: what it reads from its parent then
 * ends, for nothing is ever written there.
 */
public final class ParentWatch {
  /** Set for a process that is to end with its parent. */
  public static final String PROPERTY = "collapsar.parent";

  private ParentWatch() {}

  /**
   * Begins to watch, if this process is to.
   *
   * @param end ends this process as Ctrl-C does, so that its record is written
   */
  public static void begin(InputStream fromParent, Runnable end) {
    if (!Boolean.getBoolean(PROPERTY)) {
      return;
    }
    Thread watch = new Thread(() -> endWith(fromParent, end), "parent");
    watch.setDaemon(true);
    watch.start();
  }

  private static void endWith(InputStream fromParent, Runnable end) {
    try {
      while (fromParent.read() >= 0) {}
    } catch (IOException e) {
      // as gone as at its end
    }
    end.run();
  }
}
