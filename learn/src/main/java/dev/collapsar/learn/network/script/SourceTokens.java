package dev.collapsar.learn.network.script;

import java.util.ArrayList;
import java.util.List;

/**
 * The words of TorchScript's source text: names, numbers, texts in quotes, single signs. Comments
 * and blanks are left out.
 */
final class SourceTokens {
  private static final String SIGNS = "()[]{}.,:=+-*/%<>!@|&^~;\\";

  /** What a token is. */
  enum Kind {
    NAME,
    NUMBER,
    TEXT,
    SIGN
  }

  /**
   * One token.
   *
   * @param text as it stands in the source; of a TEXT what is between the quotes
   */
  record Token(Kind kind, String text, int line) {
    boolean is(String sign) {
      return kind == Kind.SIGN && text.equals(sign);
    }

    boolean isName(String name) {
      return kind == Kind.NAME && text.equals(name);
    }
  }

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;

  private SourceTokens(String source) {
    this.source = source;
  }

  /**
   * Cuts a source into its tokens.
   *
   * @throws NotUnderstood at anything that is none
   */
  static List<Token> of(String source) {
    SourceTokens cut = new SourceTokens(source);
    while (cut.at < source.length()) {
      cut.next();
    }
    return cut.tokens;
  }

  /** A line of source that is not understood. */
  static final class NotUnderstood extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotUnderstood(int line) {
      super("line %s is not understood".formatted(line));
    }
  }

  private void next() {
    char c = source.charAt(at);
    if (c == '\n') {
      line++;
      at++;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      at++;
    } else if (c == '#') {
      while (at < source.length() && source.charAt(at) != '\n') {
        at++;
      }
    } else if (isNameStart(c)) {
      take(Kind.NAME, end(SourceTokens::isNamePart));
    } else if (isDigit(c)) {
      take(Kind.NUMBER, end(ch -> isNamePart(ch) || ch == '.'));
    } else if (c == '"' || c == '\'') {
      text(c);
    } else if (SIGNS.indexOf(c) >= 0) {
      take(Kind.SIGN, at + 1);
    } else {
      throw new NotUnderstood(line);
    }
  }

  /** A text in single quotes of either kind; three in a row would begin another grammar. */
  private void text(char quote) {
    if (source.startsWith(String.valueOf(quote).repeat(3), at)) {
      throw new NotUnderstood(line);
    }
    int end = at + 1;
    while (end < source.length() && source.charAt(end) != quote) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= source.length() || source.substring(at, end).indexOf('\n') >= 0) {
      throw new NotUnderstood(line);
    }
    tokens.add(new Token(Kind.TEXT, source.substring(at + 1, end), line));
    at = end + 1;
  }

  private void take(Kind kind, int end) {
    tokens.add(new Token(kind, source.substring(at, end), line));
    at = end;
  }

  private interface CharTest {
    boolean test(char c);
  }

  private int end(CharTest inside) {
    int end = at + 1;
    while (end < source.length() && inside.test(source.charAt(end))) {
      end++;
    }
    return end;
  }

  private static boolean isNameStart(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
  }

  private static boolean isNamePart(char c) {
    return isNameStart(c) || isDigit(c);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
