package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;

/** Appends what an address offers to what of it is there already. */
final class HttpTransfer {
  private static final int BUFFER = 1 << 16;
  private static final long LARGEST = 1 << 30;
  private static final int RANGE_NOT_SATISFIABLE = 416;
  private static final int ATTEMPTS_WITHOUT_PROGRESS = 4;
  private static final int CONNECT_MILLISECONDS = 20_000;
  private static final int READ_MILLISECONDS = 30_000;

  /** The other side or the way there failed; trying again may help. */
  static final class BrokenOff extends IOException {
    private static final long serialVersionUID = 1;

    BrokenOff(String reason) {
      super(reason);
    }
  }

  private final URL address;
  private final Duration pause;
  private final Fetch.Listener listener;

  /**
   * @param pause after a failure, twice as long after the next, and so on
   */
  HttpTransfer(String address, Duration pause, Fetch.Listener listener) {
    this.address = url(address);
    this.pause = pause;
    this.listener = listener;
  }

  private static URL url(String text) {
    try {
      URI address = URI.create(text);
      if (String.valueOf(address.getScheme()).matches("https?") && address.getHost() != null) {
        return address.toURL();
      }
    } catch (IllegalArgumentException | MalformedURLException e) {
      // Said below.
    }
    throw new InvalidInputException(
        "--from %s: must be a file or an http:// or https:// address".formatted(text));
  }

  /**
   * Tries until nothing is left to be sent.
   *
   * @throws BrokenOff if several attempts in a row brought nothing; what came is in {@code out}
   * @throws InvalidInputException if the address has no such file
   * @throws IOException if {@code out} cannot be written
   */
  void appendTo(FileChannel out) throws IOException {
    int failures = 0;
    while (true) {
      long before = out.size();
      try {
        attempt(out);
        return;
      } catch (BrokenOff e) {
        failures = out.size() > before ? 1 : failures + 1;
        if (failures == ATTEMPTS_WITHOUT_PROGRESS) {
          throw e;
        }
        pause(failures);
      }
    }
  }

  private void pause(int failures) {
    try {
      Thread.sleep(pause.toMillis() * failures);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InvalidInputException(address + ": interrupted", e);
    }
  }

  private void attempt(FileChannel out) throws IOException {
    long have = out.size();
    HttpURLConnection connection = (HttpURLConnection) address.openConnection();
    connection.setConnectTimeout(CONNECT_MILLISECONDS);
    connection.setReadTimeout(READ_MILLISECONDS);
    if (have > 0) {
      connection.setRequestProperty("Range", "bytes=" + have + "-");
    }
    try {
      int status = status(connection);
      if (have > 0 && status == RANGE_NOT_SATISFIABLE) {
        return; // all that there is has come: the hash decides
      }
      if (!goesOn(connection, status, have)) {
        out.truncate(0); // a server that knows no ranges begins anew
        if (status != HttpURLConnection.HTTP_OK) {
          throw new BrokenOff("answers another range than was asked for");
        }
      }
      long length = connection.getContentLengthLong();
      append(body(connection), out, length < 0 ? -1 : out.size() + length, listener);
    } finally {
      connection.disconnect();
    }
  }

  private static boolean goesOn(HttpURLConnection connection, int status, long have) {
    String range = connection.getHeaderField("Content-Range");
    return status == HttpURLConnection.HTTP_PARTIAL
        && range != null
        && range.startsWith("bytes " + have + "-");
  }

  private int status(HttpURLConnection connection) throws BrokenOff {
    int status;
    try {
      status = connection.getResponseCode();
    } catch (IOException e) {
      throw new BrokenOff("cannot be reached: " + e);
    }
    if (status >= HttpURLConnection.HTTP_INTERNAL_ERROR) {
      throw new BrokenOff("answers " + status);
    }
    if (status != HttpURLConnection.HTTP_OK
        && status != HttpURLConnection.HTTP_PARTIAL
        && status != RANGE_NOT_SATISFIABLE) {
      String location = connection.getHeaderField("Location");
      throw new InvalidInputException(
          "%s: answers %s%s; --from names another address or file"
              .formatted(address, status, location == null ? "" : " and points to " + location));
    }
    return status;
  }

  private static InputStream body(HttpURLConnection connection) throws BrokenOff {
    try {
      return connection.getInputStream();
    } catch (IOException e) {
      throw new BrokenOff("broke off: " + e);
    }
  }

  /**
   * Appends all that comes.
   *
   * @param total how much there must then be; -1 if that is not known
   */
  static void append(InputStream in, FileChannel out, long total, Fetch.Listener listener)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    out.position(out.size());
    for (int n = read(in, buffer); n >= 0; n = read(in, buffer)) {
      if (out.position() + n > LARGEST) {
        throw new InvalidInputException("more than %s MB came".formatted(LARGEST >> 20));
      }
      ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      listener.received(out.position(), total);
    }
    // HttpURLConnection ends quietly when the connection does.
    if (out.position() < total) {
      throw new BrokenOff("broke off after %s of %s bytes".formatted(out.position(), total));
    }
  }

  private static int read(InputStream in, byte[] buffer) throws BrokenOff {
    try {
      return in.read(buffer);
    } catch (IOException e) {
      throw new BrokenOff("broke off: " + e);
    }
  }
}
