package dev.collapsar.learn.run;

import java.util.ArrayList;
import java.util.List;

/** Keeps what a run says; calls back at every step. */
public final class Watching implements Progress {
  public final List<String> lines = new ArrayList<>();
  private final Runnable onStep;

  public Watching(Runnable onStep) {
    this.onStep = onStep;
  }

  @Override
  public void say(String line) {
    lines.add(line);
  }

  @Override
  public Bar bar(String task, long total) {
    return new Bar() {
      @Override
      public void advance(long steps, String news) {
        onStep.run();
      }

      @Override
      public void close() {}
    };
  }
}
