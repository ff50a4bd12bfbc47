package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** A method is read at one glance. */
class MethodLengthTest {
  private static final int MOST_LINES = 40;
  private static final List<String> MODULES = List.of("core", "learn", "command", "cli", "spark");

  @Test
  void noMethodIsLongerThanFortyLines() throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String module : MODULES) {
      try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "main", "java"))) {
        files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
      }
    }
    assertEquals(List.of(), longMethods(sources));
  }

  private static List<String> longMethods(List<Path> sources) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      JavacTask parser =
          (JavacTask)
              compiler.getTask(
                  null, files, null, null, null, files.getJavaFileObjectsFromPaths(sources));
      SourcePositions positions = Trees.instance(parser).getSourcePositions();
      List<String> found = new ArrayList<>();
      for (CompilationUnitTree unit : parser.parse()) {
        new TreeScanner<Void, Void>() {
          @Override
          public Void visitMethod(MethodTree method, Void unused) {
            long lines = method.getBody() == null ? 0 : lines(positions, unit, method);
            if (lines > MOST_LINES) {
              found.add(
                  "%s.%s: %s lines"
                      .formatted(
                          Path.of(unit.getSourceFile().getName()).getFileName(),
                          method.getName(),
                          lines));
            }
            return super.visitMethod(method, unused);
          }
        }.scan(unit, null);
      }
      return found;
    }
  }

  /** Between the braces; a record's own constructor has no place in the source. */
  private static long lines(SourcePositions of, CompilationUnitTree unit, MethodTree method) {
    long start = of.getStartPosition(unit, method.getBody());
    return start < 0
        ? 0
        : unit.getLineMap().getLineNumber(of.getEndPosition(unit, method.getBody()))
            - unit.getLineMap().getLineNumber(start)
            - 1;
  }
}
