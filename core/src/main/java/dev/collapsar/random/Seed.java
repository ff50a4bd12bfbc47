package dev.collapsar.random;

import dev.collapsar.Sha256;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * The one seed of a run. Every use of chance draws from its own named stream, the first eight bytes
 * (big-endian) of SHA-256 over the seed's eight bytes and the name in UTF-8, so that a new layer or
 * variant never disturbs another's draws.
 */
public record Seed(long value) {
  /** The seed of the stream of this name, the same in every run with this seed. */
  public long stream(String name) {
    byte[] digest =
        new Sha256().add(ByteBuffer.allocate(Long.BYTES).putLong(value).flip()).add(name).bytes();
    return ByteBuffer.wrap(digest).getLong();
  }

  /** A seed for everything under this name. */
  public Seed under(String name) {
    return new Seed(stream(name));
  }

  /** A Java generator for the stream of this name. */
  public SplittableRandom random(String name) {
    return new SplittableRandom(stream(name));
  }
}
