package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.board.Board;
import dev.collapsar.board.BoardServer;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.NewFile;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows a directory of runs as one page. */
@Command(
    name = "board",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Show all runs and studies of a directory on one page, served while they train or written"
          + " once.",
      "A table of the settings that differ and the last numbers, to be sorted, filtered and"
          + " grouped, with small curves and each run's page.",
      ""
    },
    footer = {
      "",
      "It serves the page to browsers on this machine alone, until it is interrupted, and"
          + " the page follows runs while they write. A run that cannot be read is named, with the"
          + " reason.",
      "",
      "Examples:",
      "  collapsar board runs                        then open the address that it says",
      "  collapsar board runs --port 0               on any port that is free",
      "  collapsar board runs --out runs/board.html  written once, with links to pages"
    })
final class BoardCommand implements Callable<Integer> {
  private static final int PORT = 7007;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "DIR",
      description = "a directory that holds runs' directories, or studies' that do")
  private Path directory;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "on 127.0.0.1; 0 for any that is free (default: " + PORT + ")")
  private Integer port;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "write the page into this file, once, and serve nothing")
  private Path out;

  @Override
  public Integer call() throws InterruptedException {
    if (out != null && port != null) {
      throw new InvalidInputException(
          "--port %s: with --out nothing is served; leave one of them away".formatted(port));
    }
    if (out != null) {
      NewFile.requirePlace(out);
    }
    Board board = new Board(directory);
    PrintWriter stdout = spec.commandLine().getOut();
    if (out == null) {
      return serve(board, stdout);
    }
    if (board.runs() == 0) {
      throw new InvalidInputException(directory + " holds no run");
    }
    byte[] page = board.page(out).getBytes(StandardCharsets.UTF_8);
    NewFile.write(out, stream -> stream.write(page));
    stdout.println(out);
    return ExitCodes.DONE;
  }

  private int serve(Board board, PrintWriter stdout) throws InterruptedException {
    try (BoardServer server = BoardServer.start(board, port == null ? PORT : port)) {
      long unreadable = board.unreadable();
      stdout.println(
          "%s  %s runs%s; Ctrl-C ends it"
              .formatted(
                  server.address(),
                  board.runs(),
                  unreadable == 0 ? "" : ", of which %s cannot be read".formatted(unreadable)));
      stdout.flush();
      new CountDownLatch(1).await(); // for ever: the interruption ends the process
      return ExitCodes.DONE;
    }
  }
}
