package dev.collapsar.compute;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bytedeco.javacpp.Loader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The environment that OpenMP, OpenBLAS and the C library read once, when they are loaded: waiting
 * threads sleep, and freed blocks stay with the process. Otherwise OpenMP's and OpenBLAS's threads
 * fight for the cores, and a small network's step takes 2 to 15 times longer.
 *
 * <p>The launcher sets it before the JVM starts. In any other JVM (an IDE, jshell, a service) it is
 * set here, before the first native library loads; what the user has set stands.
 */
public final class NativeEnvironment {
  private static final Map<String, String> WAITING =
      Map.of("OMP_WAIT_POLICY", "passive", "OPENBLAS_THREAD_TIMEOUT", "4");

  /** The libraries that read {@link #WAITING}, by what their files are called. */
  private static final List<String> READERS = List.of("libgomp", "libopenblas");

  private static final Path MAPPED_FILES = Path.of("/proc/self/maps");

  private static final int M_TRIM_THRESHOLD = -1;
  private static final int M_TOP_PAD = -2;
  private static final int M_MMAP_THRESHOLD = -3;
  private static final int M_ARENA_MAX = -8;

  /** Below glibc's limit for it (32 MiB); larger blocks are mapped anew each time. */
  private static final int LARGEST_KEPT_BLOCK = 32 << 20;

  /** As large as a heap of an arena (64 MiB), which is then never given back. */
  private static final int WHOLE_HEAP = 64 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(NativeEnvironment.class);

  private static Map<String, String> inForce;

  private NativeEnvironment() {}

  /**
   * To be called before a native library loads; harmless afterwards. Where another has loaded one
   * of them already, nothing is set and the log says once what that costs.
   */
  public static synchronized void prepare() {
    if (inForce != null) {
      return;
    }
    inForce = new TreeMap<>();
    WAITING.forEach(
        (name, value) -> {
          if (System.getenv(name) != null) {
            inForce.put(name, System.getenv(name));
          }
        });
    if (inForce.keySet().containsAll(WAITING.keySet())
        || !(Platform.isLinux() || Platform.isMac())) {
      return;
    }
    Optional<String> loaded = alreadyLoaded();
    if (loaded.isPresent()) {
      LOG.warn(
          "{} was loaded before Collapsar: its waiting threads spin, and small networks train 2 to"
              + " 15 times slower; set OMP_WAIT_POLICY=passive and OPENBLAS_THREAD_TIMEOUT=4 in the"
              + " environment, or call NativeEnvironment.prepare() first",
          loaded.get());
      return;
    }
    NativeLibrary c = NativeLibrary.getProcess();
    WAITING.forEach((name, value) -> setIfAbsent(c.getFunction("setenv"), name, value));
    if (Platform.isLinux() && System.getenv("MALLOC_ARENA_MAX") == null) {
      keepFreedBlocks(c);
    }
    LOG.debug("set for native libraries: {}", inForce);
  }

  /** The value of one of the variables as the native libraries see it; none if it is not set. */
  public static synchronized Optional<String> value(String name) {
    prepare();
    return Optional.ofNullable(inForce.get(name));
  }

  /** This machine's platform, if the class path holds no native libraries of it. */
  public static Optional<String> missingPlatform() {
    String platform = System.getProperty("org.bytedeco.javacpp.platform", Loader.getPlatform());
    boolean there = Loader.class.getResource("/org/bytedeco/openblas/" + platform + "/") != null;
    return there ? Optional.empty() : Optional.of(platform);
  }

  private static void setIfAbsent(Function setenv, String name, String value) {
    if (!inForce.containsKey(name) && setenv.invokeInt(new Object[] {name, value, 0}) == 0) {
      inForce.put(name, value);
    }
  }

  /**
   * A training step asks for the same large blocks again and again; glibc keeps them instead of
   * faulting them in anew. The JVM's threads have arenas of their own by now, made of heaps that
   * come and go with a step unless their top is padded by as much as a heap has. A C library
   * without {@code mallopt} does as it pleases.
   */
  private static void keepFreedBlocks(NativeLibrary c) {
    Function mallopt;
    try {
      mallopt = c.getFunction("mallopt");
    } catch (UnsatisfiedLinkError musl) {
      LOG.debug("this C library has no mallopt: freed blocks go back to the system");
      return;
    }
    mallopt.invokeInt(new Object[] {M_ARENA_MAX, 1});
    mallopt.invokeInt(new Object[] {M_MMAP_THRESHOLD, LARGEST_KEPT_BLOCK});
    mallopt.invokeInt(new Object[] {M_TRIM_THRESHOLD, Integer.MAX_VALUE});
    mallopt.invokeInt(new Object[] {M_TOP_PAD, WHOLE_HEAP});
  }

  /** The file of one of the readers that this process has mapped, where the system tells. */
  private static Optional<String> alreadyLoaded() {
    if (!Files.isReadable(MAPPED_FILES)) {
      return Optional.empty();
    }
    try (var lines = Files.lines(MAPPED_FILES, StandardCharsets.ISO_8859_1)) {
      return lines
          .filter(line -> READERS.stream().anyMatch(line::contains))
          .map(line -> line.substring(line.lastIndexOf('/') + 1))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty(); // not told
    }
  }
}
