package dev.collapsar.learn.run;

/**
 * Who watches a run: the command line shows it in the terminal, a service in its own way. Called
 * from the threads that work, those of one run one after another; what it does it does between two
 * steps, so it should be quick.
 */
public interface Progress {
  /** A line of news, such as an epoch's numbers or what was found about the data. */
  void say(String line);

  /**
   * Work of {@code total} steps begins, or of an unknown number if that is 0; the bar ends with
   * {@link Bar#close}.
   */
  Bar bar(String task, long total);

  /** The steps of one task. */
  interface Bar extends AutoCloseable {
    /**
     * @param news a short text beside the bar, such as the loss
     */
    void advance(long steps, String news);

    @Override
    void close();
  }
}
