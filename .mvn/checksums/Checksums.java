import java.io.File;
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
import java.util.regex.Pattern;

/**
 * Holds the jars of others on a module's class path against checksums.sha256, as a step of every
 * build and before anything of them is run: a jar with another SHA-256, or one that is not listed,
 * ends the build. So do jars of Maven's plugins, and of what they need, with another SHA-256: those
 * that are listed and lie in the local repository by then. Run by java from its source.
 */
final class Checksums {
  /** What follows this line in the list is of plugins. */
  private static final String PLUGINS = "# Maven's plugins";

  private Checksums() {}

  /**
   * Arguments: the list, the local repository, a file with the class path, and {@code check} or
   * {@code write}; or a file that names jars of plugins, and {@code write-plugins}.
   */
  public static void main(String[] arguments) throws IOException {
    Path list = Path.of(arguments[0]);
    Path repository = Path.of(arguments[1]).toAbsolutePath().normalize();
    Map<String, String> locked = read(list, false);
    Map<String, String> plugins = read(list, true);
    if (arguments[3].equals("write-plugins")) {
      String log = Files.readString(Path.of(arguments[2]));
      Pattern jar = Pattern.compile(":(" + Pattern.quote(repository.toString()) + "\\S+\\.jar)");
      String found = String.join(File.pathSeparator, matches(jar, log));
      lock(jars(repository, found), plugins);
      write(list, locked, plugins);
      return;
    }
    Map<String, Path> jars = jars(repository, Files.readString(Path.of(arguments[2])).strip());
    if (arguments[3].equals("write")) {
      lock(jars, locked);
      write(list, locked, plugins);
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
    for (Map.Entry<String, String> plugin : plugins.entrySet()) {
      Path jar = repository.resolve(plugin.getKey());
      if (Files.exists(jar) && !plugin.getValue().equals(sha256(jar))) {
        faults.add(
            "%s, of a plugin of Maven, has the sha256 %s, and %s was locked in %s"
                .formatted(jar, sha256(jar), plugin.getValue(), list));
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

  private static List<String> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(found -> found.group(1)).toList();
  }

  private static void lock(Map<String, Path> jars, Map<String, String> locked) throws IOException {
    for (Map.Entry<String, Path> jar : jars.entrySet()) {
      locked.put(jar.getKey(), sha256(jar.getValue()));
    }
  }

  /** Of class paths or of plugins: a jar may be of both. */
  private static Map<String, String> read(Path list, boolean ofPlugins) throws IOException {
    Map<String, String> locked = new TreeMap<>();
    boolean here = !ofPlugins;
    for (String line : Files.exists(list) ? Files.readAllLines(list) : List.<String>of()) {
      if (line.equals(PLUGINS)) {
        here = ofPlugins;
      } else if (here && !line.startsWith("#")) {
        locked.put(line.substring(66), line.substring(0, 64));
      }
    }
    return locked;
  }

  private static void write(Path list, Map<String, String> locked, Map<String, String> plugins)
      throws IOException {
    StringBuilder text = new StringBuilder();
    locked.forEach((place, sha256) -> text.append(sha256).append("  ").append(place).append('\n'));
    text.append(PLUGINS).append('\n');
    plugins.forEach((place, sha256) -> text.append(sha256).append("  ").append(place).append('\n'));
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
