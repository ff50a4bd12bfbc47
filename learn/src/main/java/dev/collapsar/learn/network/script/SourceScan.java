package dev.collapsar.learn.network.script;

import dev.collapsar.learn.network.script.SourceTokens.Kind;
import dev.collapsar.learn.network.script.SourceTokens.NotUnderstood;
import dev.collapsar.learn.network.script.SourceTokens.Token;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whether TorchScript's source keeps to tensors. TorchScript cannot import Python, but it can call
 * any operator that LibTorch has: allowed are those of {@code aten}, {@code prim} and {@code
 * quantized} that touch no file, process, network or stream of random numbers. What LibTorch does
 * not know it refuses itself, before anything runs.
 */
final class SourceScan {
  /** Operators that reach outside: files, and the seed of the default generator. */
  static final Set<String> FORBIDDEN = Set.of("save", "from_file", "manual_seed", "seed");

  /** Those that are refused wherever a dot stands before them, for values have them as methods. */
  private static final Set<String> FORBIDDEN_METHODS = Set.of("save", "from_file", "manual_seed");

  private static final Set<String> NAMESPACES = Set.of("aten", "prim", "quantized");
  private static final String AT_LOAD = "__setstate__";
  private static final Token END = new Token(Kind.SIGN, "", 0);

  private final List<Token> tokens;

  private SourceScan(List<Token> tokens) {
    this.tokens = tokens;
  }

  /** What is wrong with a source, in words that follow its name; empty if it may be loaded. */
  static Optional<String> problem(String source) {
    try {
      SourceScan scan = new SourceScan(SourceTokens.of(source));
      for (int i = 0; i < scan.tokens.size(); i++) {
        Optional<String> problem = scan.problemAt(i);
        if (problem.isPresent()) {
          return problem;
        }
      }
      return Optional.empty();
    } catch (NotUnderstood e) {
      return Optional.of(e.getMessage());
    }
  }

  private Token at(int i) {
    return i >= 0 && i < tokens.size() ? tokens.get(i) : END;
  }

  private Optional<String> problemAt(int i) {
    Token token = at(i);
    if (token.kind() != Kind.NAME) {
      return Optional.empty();
    }
    if (token.text().equals(AT_LOAD)) {
      return Optional.of("line %s defines %s, which runs at load".formatted(token.line(), AT_LOAD));
    }
    if (at(i - 1).is(".")) {
      boolean method = FORBIDDEN_METHODS.contains(token.text());
      return method ? Optional.of(call("aten::" + token.text(), token)) : custom(i);
    }
    return switch (token.text()) {
      case "torch" -> at(i + 1).is(".") ? operator("aten", at(i + 2)) : unclear(token);
      case "ops" -> ofNamespace(i);
      case "getattr" -> attribute(i);
      default -> Optional.empty();
    };
  }

  /** {@code torch.classes.X} within a type's name: an object of C++, with code of its own. */
  private Optional<String> custom(int i) {
    boolean custom =
        at(i).isName("classes")
            && at(i - 2).isName("torch")
            && !(at(i + 1).is(".") && at(i + 2).isName("quantized"));
    return custom
        ? Optional.of(
            "line %s uses the class torch.classes.%s".formatted(at(i).line(), at(i + 2).text()))
        : Optional.empty();
  }

  /** {@code ops.namespace.name}. */
  private Optional<String> ofNamespace(int i) {
    Token namespace = at(i + 2);
    Token name = at(i + 4);
    if (!at(i + 1).is(".") || namespace.kind() != Kind.NAME || !at(i + 3).is(".")) {
      return unclear(at(i));
    }
    return operator(namespace.text(), name);
  }

  private static Optional<String> operator(String namespace, Token name) {
    if (name.kind() != Kind.NAME) {
      return unclear(name);
    }
    boolean fine =
        NAMESPACES.contains(namespace)
            && !FORBIDDEN.contains(name.text())
            && !(namespace.equals("prim") && name.text().startsWith("rpc"));
    return fine ? Optional.empty() : Optional.of(call(namespace + "::" + name.text(), name));
  }

  /** {@code getattr(value, "name")}: the name must stand there as it is. */
  private Optional<String> attribute(int i) {
    int depth = 0;
    for (int j = i + 1; j < tokens.size(); j++) {
      Token token = at(j);
      if (token.is("(")) {
        depth++;
      } else if (token.is(")")) {
        depth--;
      } else if (depth == 1 && token.is(",")) {
        Token name = at(j + 1);
        boolean plain =
            name.kind() == Kind.TEXT && !name.text().contains("\\") && at(j + 2).is(")");
        if (!plain) {
          return unclear(at(i));
        }
        return FORBIDDEN_METHODS.contains(name.text()) || name.text().equals(AT_LOAD)
            ? Optional.of(call("aten::" + name.text(), name))
            : Optional.empty();
      }
      if (depth == 0) {
        return unclear(at(i));
      }
    }
    return unclear(at(i));
  }

  private static String call(String operator, Token at) {
    return "line %s calls %s, which is no ordinary tensor operator".formatted(at.line(), operator);
  }

  private static Optional<String> unclear(Token token) {
    return Optional.of(new NotUnderstood(token.line()).getMessage());
  }
}
