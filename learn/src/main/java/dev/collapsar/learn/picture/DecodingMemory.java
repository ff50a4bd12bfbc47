package dev.collapsar.learn.picture;

import java.io.IOException;
import java.util.concurrent.Semaphore;

/**
 * The memory of images while they are decoded, all threads' together: large ones wait for each
 * other rather than fill this JVM's memory.
 */
final class DecodingMemory {
  /** Of a pixel, as ImageIO holds it: four bytes, and as much again for what it reads into. */
  private static final long BYTES_A_PIXEL = 8;

  private static final long PERMIT = 1 << 20;

  /** A half: what was decoded already has a third. */
  private static final long ALL = Runtime.getRuntime().maxMemory() / 2;

  private static final int PERMITS = (int) Math.min(Integer.MAX_VALUE, Math.max(1, ALL / PERMIT));
  private static final Semaphore FREE = new Semaphore(PERMITS, true);

  private DecodingMemory() {}

  /** What is done in it. */
  interface Decoding {
    Picture picture() throws IOException;
  }

  /**
   * Decodes when so many pixels fit.
   *
   * @throws IOException if they never do, or are no numbers of pixels, as damaged headers have them
   */
  static Picture within(int width, int height, Decoding decoding) throws IOException {
    if (width < 1 || height < 1) {
      throw new IOException("claims %sx%s pixels".formatted(width, height));
    }
    long permits = 1 + (long) width * height / (PERMIT / BYTES_A_PIXEL);
    if (permits > PERMITS) {
      throw new IOException(
          "%sx%s pixels take %s MB to decode, half of this JVM's memory is %s MB (-Xmx)"
              .formatted(width, height, permits, PERMITS));
    }
    FREE.acquireUninterruptibly((int) permits);
    try {
      return decoding.picture();
    } finally {
      FREE.release((int) permits);
    }
  }
}
