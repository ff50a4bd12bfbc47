package dev.collapsar.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.collapsar.learn.dataset.ImageFiles;
import dev.collapsar.learn.dataset.ImageRequest;
import dev.collapsar.random.Seed;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;

/**
 * Prints how fast the images of a folder or tar become data, and how many cores that keeps busy;
 * the first line is what a run meets, the others have warm code.
 *
 * <pre>java ... dev.collapsar.bench.ImageDecoding PATH [threads [repetitions]]</pre>
 */
public final class ImageDecoding {
  private ImageDecoding() {}

  public static void main(String[] args) {
    Path place = Path.of(args[0]);
    int threads = args.length > 1 ? Integer.parseInt(args[1]) : 2;
    int repetitions = args.length > 2 ? Integer.parseInt(args[2]) : 3;
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    System.out.println("images  time s  images/s  cores busy");
    for (int i = 0; i < repetitions; i++) {
      long cpu = system.getProcessCpuTime();
      long start = System.nanoTime();
      int count;
      try (ImageFiles files = ImageFiles.open(place)) {
        files.load(ImageRequest.of(new Seed(42), threads, images -> {}));
        count = files.count();
      }
      double seconds = (System.nanoTime() - start) * 1e-9;
      double busy = (system.getProcessCpuTime() - cpu) * 1e-9 / seconds;
      System.out.printf("%6d %7.2f %9.0f %11.2f%n", count, seconds, count / seconds, busy);
    }
  }
}
