package dev.collapsar.command;

import java.io.IOException;
import java.io.Writer;
import java.util.Locale;

/**
 * The output of commands, as a terminal may have it: control characters, which files' names may
 * hold and terminals obey, are spelled out. What cannot be written ends the command.
 */
final class CleanOutput extends Writer {
  /** Nobody takes the output any more. */
  static final class Lost extends RuntimeException {
    private static final long serialVersionUID = 1;

    Lost(IOException cause) {
      super(cause.getMessage(), cause);
    }

    /** Whether the reader went away, as {@code head} does when it has enough. */
    boolean isUnread() {
      String reason = String.valueOf(getMessage());
      return reason.contains("Broken pipe") || reason.contains("pipe is being closed");
    }
  }

  private final Writer out;
  private final int longest;
  private int column;

  /** Lines of any length. */
  CleanOutput(Writer out) {
    this(out, Integer.MAX_VALUE);
  }

  /**
   * @param longest characters of a line; the rest of a longer one is left out
   */
  CleanOutput(Writer out, int longest) {
    this.out = out;
    this.longest = longest;
  }

  private String cut(String text) {
    if (longest == Integer.MAX_VALUE) {
      return text;
    }
    StringBuilder kept = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      boolean end = letter == '\n' || letter == '\r';
      if (end || column < longest) {
        kept.append(letter);
      } else if (column == longest) {
        kept.append("...");
      }
      column = end ? 0 : Math.min(column, longest) + 1;
    }
    return kept.toString();
  }

  /** The text with what a terminal would obey, or would not show, spelled out. */
  static String clean(String text) {
    StringBuilder clean = null;
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      boolean harmless = !isControl(letter) || isLineEnd(text, i);
      if (!harmless && clean == null) {
        clean = new StringBuilder(text.substring(0, i));
      }
      if (clean != null) {
        clean.append(
            harmless
                ? String.valueOf(letter)
                : String.format(Locale.ROOT, "\\u%04x", (int) letter));
      }
    }
    return clean == null ? text : clean.toString();
  }

  private static boolean isControl(char letter) {
    return letter < ' ' && letter != '\t'
        || letter >= 0x7f && letter < 0xa0
        || letter == '\u2028'
        || letter == '\u2029'
        || letter >= '\u202a' && letter <= '\u202e'
        || letter >= '\u2066' && letter <= '\u2069';
  }

  private static boolean isLineEnd(String text, int i) {
    return text.charAt(i) == '\n'
        || text.charAt(i) == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
  }

  @Override
  public void write(char[] letters, int from, int count) {
    try {
      out.write(cut(clean(new String(letters, from, count))));
    } catch (IOException e) {
      throw new Lost(e);
    }
  }

  @Override
  public void flush() {
    try {
      out.flush();
    } catch (IOException e) {
      throw new Lost(e);
    }
  }

  @Override
  public void close() {
    flush();
  }
}
