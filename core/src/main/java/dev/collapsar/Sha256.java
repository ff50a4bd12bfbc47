package dev.collapsar;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of what is added to it, in order. Good for one digest. */
public final class Sha256 {
  private final MessageDigest digest;

  public Sha256() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Of these bytes, in hex. */
  public static String of(byte[] bytes) {
    return new Sha256().add(bytes).hex();
  }

  /** Of a text in UTF-8, in hex. */
  public static String of(String text) {
    return new Sha256().add(text).hex();
  }

  /** Of a file's bytes, in hex. */
  public static String of(Path file) throws IOException {
    return new Sha256().add(file).hex();
  }

  public Sha256 add(byte[] bytes) {
    digest.update(bytes);
    return this;
  }

  public Sha256 add(byte[] bytes, int from, int count) {
    digest.update(bytes, from, count);
    return this;
  }

  /** What remains in the buffer. */
  public Sha256 add(ByteBuffer bytes) {
    digest.update(bytes);
    return this;
  }

  /** In UTF-8. */
  public Sha256 add(String text) {
    return add(text.getBytes(StandardCharsets.UTF_8));
  }

  public Sha256 add(Path file) throws IOException {
    try (InputStream in = watch(Files.newInputStream(file))) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return this;
  }

  /** Adds what is read from the stream that is returned. */
  public InputStream watch(InputStream in) {
    return new DigestInputStream(in, digest);
  }

  /** The 32 bytes. */
  public byte[] bytes() {
    return digest.digest();
  }

  /** The bytes as 64 digits. */
  public String hex() {
    return HexFormat.of().formatHex(bytes());
  }
}
