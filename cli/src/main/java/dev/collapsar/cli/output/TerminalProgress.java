package dev.collapsar.cli.output;

import dev.collapsar.learn.run.Progress;
import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** News on stdout; bars on stderr, if that is a terminal. */
public final class TerminalProgress implements Progress {
  /** Set by the launcher, which can ask; Java cannot. */
  private static final boolean STDERR_IS_TERMINAL = Boolean.getBoolean("collapsar.stderr.terminal");

  private static final int REDRAW_MILLISECONDS = 100;

  private final PrintWriter stdout;

  public TerminalProgress(PrintWriter stdout) {
    this.stdout = stdout;
  }

  @Override
  public void say(String line) {
    stdout.println(line);
    stdout.flush();
  }

  @Override
  public Bar bar(String task, long total) {
    return STDERR_IS_TERMINAL ? new Visible(task, total) : new Silent();
  }

  /** A bar that is drawn, and gone when it closes. */
  private static final class Visible implements Bar {
    private final ProgressBar bar;

    Visible(String task, long total) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(task)
              .setInitialMax(total)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(REDRAW_MILLISECONDS)
              .clearDisplayOnFinish()
              .build();
    }

    @Override
    public void advance(long steps, String news) {
      bar.stepBy(steps);
      bar.setExtraMessage(" " + news);
    }

    @Override
    public void close() {
      bar.close();
    }
  }

  /** Nobody watches. */
  private static final class Silent implements Bar {
    @Override
    public void advance(long steps, String news) {}

    @Override
    public void close() {}
  }
}
