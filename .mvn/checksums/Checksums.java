import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Holds the jars of others on a module's class path against checksums.sha256, as a step of every
 * build and before anything of them is run: a jar with another SHA-256, or one that is not listed,
 * ends the build. Run by java from its source.
 */
final class Checksums {
  private Checksums() {}

  /**
   * Arguments: the list, the local repository, a file with the class path, and {@code check} or
   * {@code write}.
   */
  public static void main(String[] arguments) throws IOException {
    Path list = Path.of(arguments[0]);
    Path repository = Path.of(arguments[1]).toAbsolutePath().normalize();
    Map<String, Path> jars = jars(repository, Files.readString(Path.of(arguments[2])).strip());
    Map<String, String> locked = read(list);
    if (arguments[3].equals("write")) {
      for (Map.Entry<String, Path> jar : jars.entrySet()) {
        locked.put(jar.getKey(), sha256(jar.getValue()));
      }
      write(list, locked);
      return;
    }
    List<String> faults = new ArrayList<>();
    for (Map.Entry<String, Path> jar : jars.entrySet()) {
      String wanted = locked.get(jar.getKey());
      if (wanted == null) {
        faults.add(
            "%s is not in %s; if it is meant to be used: .mvn/checksums/lock"
                .formatted(jar.getKey(), list));
      } else if (!wanted.equals(sha256(jar.getValue()))) {
        faults.add(
            "%s has the sha256 %s, and %s was locked in %s"
                .formatted(jar.getValue(), sha256(jar.getValue()), wanted, list));
      }
    }
    faults.forEach(fault -> System.err.println("[ERROR] checksums: " + fault));
    System.exit(faults.isEmpty() ? 0 : 1);
  }

  /**
   * Others' jars by their place in a repository; classes and jars of this build are not below it,
   * or are dev.collapsar's.
   */
  private static Map<String, Path> jars(Path repository, String classPath) {
    Map<String, Path> jars = new TreeMap<>();
    for (String entry : classPath.split(System.getProperty("path.separator"))) {
      Path jar = Path.of(entry).toAbsolutePath().normalize();
      if (jar.startsWith(repository)) {
        String place = repository.relativize(jar).toString().replace('\\', '/');
        if (!place.startsWith("dev/collapsar/")) {
          jars.put(place, jar);
        }
      }
    }
    return jars;
  }

  private static Map<String, String> read(Path list) throws IOException {
    Map<String, String> locked = new TreeMap<>();
    if (Files.exists(list)) {
      for (String line : Files.readAllLines(list)) {
        if (!line.startsWith("#")) {
          locked.put(line.substring(66), line.substring(0, 64));
        }
      }
    }
    return locked;
  }

  private static void write(Path list, Map<String, String> locked) throws IOException {
    StringBuilder text = new StringBuilder();
    locked.forEach((place, sha256) -> text.append(sha256).append("  ").append(place).append('\n'));
    Files.writeString(list, text);
  }

  private static String sha256(Path jar) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (InputStream in = new DigestInputStream(Files.newInputStream(jar), digest)) {
        byte[] buffer = new byte[1 << 16];
        while (in.read(buffer) >= 0) {}
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
