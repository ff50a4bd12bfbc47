package dev.collapsar.learn.tensor;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.NativeEnvironment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * LibTorch in this process: loaded once, in an order that no other libtorch on the machine can
 * disturb; its threads.
 */
public final class TorchRuntime {
  // JavaCPP opens libtorch.so before it has unpacked libtorch_cpu.so, so the linker would take
  // another installation's.
  private static final String[] LINUX_LOAD_ORDER = {
    "openblas/libgcc_s.so.1",
    "openblas/libquadmath.so.0",
    "openblas/libgfortran.so.5",
    "openblas/libopenblas.so.0",
    "pytorch/libgomp.so.1",
    "pytorch/libc10.so",
    "pytorch/libtorch_cpu.so",
    "pytorch/libtorch.so"
  };

  /** As a power of two, for how many processor cycles OpenBLAS's threads wait for more work. */
  private static final String SPINNING = "OPENBLAS_THREAD_TIMEOUT";

  private static final Logger LOG = LoggerFactory.getLogger(TorchRuntime.class);

  private static boolean loaded;

  private TorchRuntime() {}

  /**
   * Loads the natives; harmless when they are loaded already. To be called before any other use of
   * LibTorch.
   */
  public static synchronized void load() {
    if (loaded) {
      return;
    }
    NativeEnvironment.prepare();
    // Without these JavaCPP weighs the whole process against the heap at every object it makes, and
    // looks for CUDA libraries that a CPU build does not need.
    setIfAbsent("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    setIfAbsent("org.bytedeco.javacpp.platform.extension", "");
    String platform = Loader.getPlatform();
    if (platform.startsWith("linux")) {
      for (String library : LINUX_LOAD_ORDER) {
        String path = "/org/bytedeco/" + library.replace("/", "/" + platform + "/");
        URL resource = TorchRuntime.class.getResource(path);
        if (resource != null) {
          try {
            System.load(Loader.cacheResource(resource).getAbsolutePath());
          } catch (IOException e) {
            throw new UncheckedIOException("cannot unpack " + path + " into " + cache(), e);
          }
        }
      }
    }
    Loader.load(torch.class);
    loaded = true;
    LOG.info("LibTorch {} for {}, from {}", version(torch.class), platform, cache());
  }

  /** One thread budget for LibTorch's own loops and for its matrix products. */
  public static void setThreads(int threads) {
    setThreads(threads, false);
  }

  /**
   * As {@link #setThreads(int)} for a network with convolutions or without. Convolutions run on
   * OpenMP's threads, matrix products on OpenBLAS's. Those go on spinning for a while, unless
   * {@link NativeEnvironment} came before them; where the two alternate they take each other's
   * cores, so then matrix products keep to one thread.
   */
  public static void setThreads(int threads, boolean convolutions) {
    load();
    // Adam's moments of weights that get no gradient any more decay into denormal numbers, on which
    // arithmetic is many times slower; they count as zero instead. Threads made later inherit it.
    Context.setFlushDenormal(true);
    torch.set_num_threads(threads);
    boolean fighting = convolutions && NativeEnvironment.value(SPINNING).isEmpty();
    openblas.blas_set_num_threads(fighting ? 1 : threads);
    LOG.debug("threads: {}, of matrix products {}", threads, fighting ? 1 : threads);
  }

  /**
   * One thread for each operation, where the callers' threads share the work: of operations that
   * take milliseconds, threads that wait for each other cost more than they do.
   */
  public static void keepToCallersThreads() {
    load();
    torch.set_num_threads(1);
    openblas.blas_set_num_threads(1);
  }

  /** The device of this name ({@code cpu} or {@code cuda}), if this build and machine have it. */
  public static Device device(String name) {
    load();
    if (name.equals("cuda") && !torch.cuda_is_available()) {
      throw new InvalidInputException(
          "--device cuda: this build of LibTorch finds no CUDA device; allowed here: cpu (a GPU"
              + " needs natives of the classifier -gpu, which mvn -Pcuda takes, and"
              + " COLLAPSAR_JAVA_OPTS=-Dorg.bytedeco.javacpp.platform.extension=-gpu)");
    }
    return new Device(name);
  }

  /** Names and versions of the native libraries, for a run's record. */
  public static Map<String, String> versions() {
    load();
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("libtorch", version(torch.class));
    versions.put("openblas", version(openblas.class));
    versions.put("openblas_coretype", String.valueOf(System.getenv("OPENBLAS_CORETYPE")));
    versions.put("omp_wait_policy", NativeEnvironment.value("OMP_WAIT_POLICY").orElse("null"));
    versions.put("openblas_thread_timeout", NativeEnvironment.value(SPINNING).orElse("null"));
    return versions;
  }

  private static String version(Class<?> of) {
    return String.valueOf(of.getPackage().getImplementationVersion());
  }

  private static void setIfAbsent(String key, String value) {
    if (System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }

  private static String cache() {
    return System.getProperty("org.bytedeco.javacpp.cachedir", "~/.javacpp/cache");
  }
}
