package dev.collapsar.spark;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.spark.launcher.JavaModuleOptions;

/**
 * A standalone cluster on loopback: a master, workers, and the executors that these start, each a
 * JVM of its own with this test's class path.
 */
final class MiniCluster implements AutoCloseable {
  private static final List<String> QUICK = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private final Path directory;
  private final Map<String, String> environment = new TreeMap<>();
  private final List<Process> workers = new ArrayList<>();
  private final Process master;
  private final String url;
  private final Thread hook = new Thread(this::kill);

  MiniCluster(Path directory, int workers) throws IOException {
    this.directory = directory;
    Path home = directory.resolve("home");
    // An executor is launched from a distribution; an empty one and a class path will do.
    Files.createDirectories(home.resolve("jars"));
    environment.put("SPARK_HOME", home.toString());
    environment.put("SPARK_SCALA_VERSION", "2.13");
    environment.put("SPARK_DIST_CLASSPATH", System.getProperty("java.class.path"));
    environment.put("SPARK_LOCAL_IP", "127.0.0.1");
    environment.put("SPARK_LOCAL_DIRS", directory.resolve("local").toString());
    Runtime.getRuntime().addShutdownHook(hook);
    int port = freePort();
    url = "spark://127.0.0.1:" + port;
    master =
        java(
            "master",
            "org.apache.spark.deploy.master.Master",
            "--host",
            "127.0.0.1",
            "--port",
            "" + port,
            "--webui-port",
            "0");
    await(60, () -> accepts(port));
    for (int i = 0; i < workers; i++) {
      addWorker();
    }
  }

  String url() {
    return url;
  }

  void addWorker() throws IOException {
    int number = workers.size();
    workers.add(
        java(
            "worker" + number,
            "org.apache.spark.deploy.worker.Worker",
            "--host",
            "127.0.0.1",
            "--cores",
            "1",
            "--memory",
            "1g",
            "--work-dir",
            directory.resolve("work" + number).toString(),
            "--webui-port",
            "0",
            url));
  }

  private Process java(String name, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
    command.addAll(QUICK);
    command.addAll(List.of("-Xmx256m", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return builder
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve(name + ".log").toFile())
        .start();
  }

  /** kill -9 of the executor with this number, which a folder of its worker is named after. */
  void killExecutor(String id) throws IOException {
    for (int i = 0; i < workers.size(); i++) {
      try (Stream<Path> files = Files.walk(directory.resolve("work" + i), 2)) {
        if (files.anyMatch(file -> file.getFileName().toString().equals(id))) {
          executorsOf(workers.get(i)).forEach(ProcessHandle::destroyForcibly);
          return;
        }
      }
    }
    throw new IllegalStateException("no worker has executor " + id);
  }

  /** kill -9. */
  void killWorker(int number) {
    workers.get(number).destroyForcibly();
  }

  private static Stream<ProcessHandle> executorsOf(Process worker) {
    return worker.toHandle().children().filter(ProcessHandle::isAlive);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  static void await(int seconds, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, () -> "not within " + seconds + " s");
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void kill() {
    workers.stream()
        .flatMap(MiniCluster::executorsOf)
        .toList()
        .forEach(ProcessHandle::destroyForcibly);
    workers.forEach(Process::destroyForcibly);
    master.destroyForcibly();
  }

  @Override
  public void close() {
    kill();
    workers.forEach(worker -> worker.onExit().join());
    master.onExit().join();
    Runtime.getRuntime().removeShutdownHook(hook);
  }
}
