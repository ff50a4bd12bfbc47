package dev.collapsar.learn.run;

/** Who watches a run. */
public interface Progress {
  /** A line of news, such as an epoch's numbers. */
  void say(String line);

  /** Work of {@code total} steps begins; the bar ends with {@link Bar#close}. */
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
