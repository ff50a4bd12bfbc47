package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.command.ExitCodes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoardCommandTest {
  @TempDir Path runs;

  @Test
  void aPageIsWrittenOnceAndTheCommandEnds() throws IOException {
    Files.createDirectories(runs.resolve("broken"));
    Files.writeString(runs.resolve("broken/record.json"), "{");
    Path page = runs.resolve("board.html");
    Session session = Session.of("board", runs.toString(), "--out", page.toString());
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertEquals(page + System.lineSeparator(), session.out());
    assertTrue(Files.readString(page).contains("is no run record"));
  }

  @Test
  void whatCannotBeShownIsTheUsersInputInOneLine() throws IOException {
    refused(runs.resolve("nowhere") + ": there is no such directory", "nowhere");
    refused("--port 65536: must be from 0 to 65535", "", "--port", "65536");
    refused("holds no run", "", "--out", runs.resolve("board.html").toString());
    refused("cannot be written, there is no folder", "", "--out", runs + "/no/board.html");
    refused("with --out nothing is served", "", "--out", runs + "/b.html", "--port", "1");
    assertFalse(Files.exists(runs.resolve("board.html")));
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      refused("--port " + port + ": is in use", "", "--port", port);
    }
  }

  private void refused(String reason, String directory, String... options) {
    String[] arguments = new String[options.length + 2];
    arguments[0] = "board";
    arguments[1] = runs.resolve(directory).toString();
    System.arraycopy(options, 0, arguments, 2, options.length);
    Session session = Session.of(arguments);
    assertEquals(ExitCodes.YOUR_INPUT, session.exitCode(), session.out());
    assertEquals(1, session.err().lines().count(), session.err());
    assertTrue(session.err().contains(reason), session.err());
  }
}
