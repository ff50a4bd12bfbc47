package dev.collapsar.learn.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.management.ThreadMXBean;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.IdxImages;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.data.TensorFile;
import dev.collapsar.features.FeatureFile;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.KohyaFile;
import dev.collapsar.learn.adapter.layout.AdapterLayouts;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.dataset.DatasetDoors;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.ResidualMlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.network.script.ScriptScan;
import dev.collapsar.learn.run.RunDoors;
import dev.collapsar.learn.settings.RecipeFile;
import dev.collapsar.random.Seed;
import dev.collapsar.recording.MetricsTable;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.study.StudyDirectory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Damaged files of every format are values or refusals of ours, within two seconds of processor
 * time and 256 MB: {@code -Dfuzz.inputs=100000} for more than a first look.
 */
@Timeout(value = 3, unit = java.util.concurrent.TimeUnit.HOURS)
class HostileInputsTest {
  private static final int INPUTS = Integer.getInteger("fuzz.inputs", 2000);
  private static final long SEED = Long.getLong("fuzz.seed", 22);
  private static final long MOST_NANOS = 2_000_000_000L;
  private static final long MOST_BYTES = 256L << 20;
  private static final Path CHECKPOINTS =
      Path.of("src/test/resources/dev/collapsar/learn/checkpoint");
  private static final Path KINDS = Path.of("src/test/resources/dev/collapsar/learn/dataset/kinds");
  private static final Path STUDY = Path.of("../docs/lora-collapse.yaml");
  private static final byte[] CSV = "0.5;1,5;2\n\"1\";2;3\n".getBytes();
  private static final Map<String, StoredTensor> TENSORS =
      Map.of("weight", StoredTensor.of(new float[] {1, 2, 3, 4}, 2, 2));
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Opens a file as its users do. */
  private interface Reader {
    void read(Path file) throws Exception;
  }

  /** What others' files are of. */
  enum Format {
    NPY("x.npy", Damage.NPY, HostileInputsTest::features),
    NPZ("x.npz", Damage.ZIP, HostileInputsTest::features),
    SAFETENSORS("x.safetensors", Damage.SAFETENSORS, HostileInputsTest::tensors),
    PTH("x.pth", Damage.ZIP, Checkpoint::read),
    PTH_LEGACY("y.pth", Damage.BYTES, Checkpoint::read),
    NETWORK("n.safetensors", Damage.SAFETENSORS, file -> NetworkFile.open(file).close()),
    TORCHSCRIPT("x.pt", Damage.ZIP, ScriptScan::requireHarmless),
    PEFT_CONFIG("adapter_config.json", Damage.TEXT, file -> adapter(file.getParent())),
    PEFT_TENSORS(
        "adapter_model.safetensors", Damage.SAFETENSORS, file -> adapter(file.getParent())),
    KOHYA("k.safetensors", Damage.SAFETENSORS, HostileInputsTest::kohya),
    IDX("i.gz", Damage.GZIP, file -> IdxImages.read(file, file)),
    TAR("t.tar", Damage.TAR, DatasetDoors::images),
    PICTURE("p.png", Damage.PNG, HostileInputsTest::image),
    JPEG("p.jpg", Damage.BYTES, HostileInputsTest::image),
    BMP("p.bmp", Damage.BYTES, HostileInputsTest::image),
    WEBP("p.webp", Damage.BYTES, HostileInputsTest::image),
    CIFAR("cifar-10-binary.tar.gz", Damage.TAR_GZIP, DatasetDoors::cifar),
    IMAGES_ZIP("t.zip", Damage.ZIP, DatasetDoors::images),
    CSV("x.csv", Damage.TEXT, HostileInputsTest::features),
    NUMBERS("n.csv", Damage.TEXT, file -> MetricsTable.read(file, "a")),
    STUDY("study.yaml", Damage.TEXT, HostileInputsTest::study),
    CHECKPOINT("epoch-1.safetensors", Damage.SAFETENSORS, RunDoors::checkpoint),
    HISTORY("history.json", Damage.TEXT, HostileInputsTest::history),
    RECIPE("recipe.yaml", Damage.TEXT, RecipeFile::read),
    RECORD("record.json", Damage.TEXT, file -> RunDirectory.open(file.getParent()).record()),
    CONDITIONS(
        "conditions.json", Damage.TEXT, file -> RunDirectory.open(file.getParent()).conditions());

    private final String name;
    private final Damage damage;
    private final Reader reader;

    Format(String name, Damage damage, Reader reader) {
      this.name = name;
      this.damage = damage;
      this.reader = reader;
    }
  }

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(Format.class)
  void damagedFilesAreValuesOrRefusals(Format format) throws Exception {
    List<Seeded> seeds = seeds(format);
    Map<String, String> findings = new LinkedHashMap<>();
    Seeded last = seeds.get(0);
    for (int i = 0; i < INPUTS; i++) {
      Random random = new Random(SEED + 1_000_003L * i + format.ordinal());
      Seeded seed = seeds.get(random.nextInt(seeds.size()));
      byte[] damaged = format.damage.of(seed.bytes, random);
      if (!seed.place.equals(last.place)) {
        Files.write(last.place, last.bytes); // what lies beside another damaged file is whole
      }
      last = seed;
      Files.deleteIfExists(
          seed.place); // a file that is emptied and written again is flushed by some disks
      Files.write(seed.place, damaged);
      long bytes = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
      long nanos = THREADS.getCurrentThreadCpuTime();
      String found = outcome(format, seed.place);
      nanos = THREADS.getCurrentThreadCpuTime() - nanos;
      bytes = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - bytes;
      if (found.isEmpty() && nanos > MOST_NANOS) {
        found = "takes more than two seconds";
      } else if (found.isEmpty() && bytes > MOST_BYTES) {
        found = "takes more than 256 MB";
      }
      if (!found.isEmpty() && findings.size() < 20) {
        findings.putIfAbsent(found, "input " + i + keep(format, i, damaged));
      }
    }
    assertEquals(Map.of(), findings);
  }

  /** Where what was found is kept, if somebody wants it. */
  private static String keep(Format format, int number, byte[] file) throws IOException {
    String place = System.getProperty("fuzz.findings");
    return place == null
        ? ""
        : " in " + Files.write(Path.of(place, format + "-" + number + "-" + format.name), file);
  }

  private static String outcome(Format format, Path file) {
    try {
      format.reader.read(file);
      return "";
    } catch (InvalidInputException e) {
      return e.getMessage().length() > 5_000 ? "a refusal of " + e.getMessage().length() : "";
    } catch (Throwable e) {
      String where =
          Arrays.stream(e.getStackTrace())
              .filter(frame -> frame.getClassName().startsWith("dev.collapsar"))
              .findFirst()
              .map(StackTraceElement::toString)
              .orElse("");
      return e.getClass().getName() + " at " + where;
    }
  }

  /** A valid file, and where it has to lie. */
  private record Seeded(Path place, byte[] bytes) {}

  private List<Seeded> seeds(Format format) throws Exception {
    return switch (format) {
      case NPY -> inOnePlace(format, of(Golden.path("."), ".npy"));
      case NPZ -> inOnePlace(format, npz());
      case SAFETENSORS -> inOnePlace(format, of(Golden.path("torchscript"), ".safetensors"));
      case PTH -> inOnePlace(format, of(CHECKPOINTS, ".pth", 'P'));
      case PTH_LEGACY -> inOnePlace(format, of(CHECKPOINTS, ".pth", 0x80));
      case NETWORK -> inOnePlace(format, networks());
      case TORCHSCRIPT -> inOnePlace(format, of(Golden.path("torchscript"), ".pt"));
      case PEFT_CONFIG, PEFT_TENSORS -> adapters(format.name);
      case KOHYA ->
          inOnePlace(format, of(Golden.path("adapters"), ".safetensors", "kohya", "lycoris"));
      case IDX -> inOnePlace(format, List.of(idx()));
      case TAR ->
          inOnePlace(
              format, List.of(Files.readAllBytes(DatasetDoors.tar(folder.resolve("a.tar")))));
      case PICTURE -> inOnePlace(format, List.of(DatasetDoors.png(1), DatasetDoors.png(77)));
      case JPEG -> inOnePlace(format, List.of(DatasetDoors.jpeg(1), DatasetDoors.jpeg(77)));
      case BMP -> inOnePlace(format, List.of(DatasetDoors.picture("bmp")));
      case WEBP -> inOnePlace(format, of(KINDS, ".webp"));
      case CIFAR -> inOnePlace(format, List.of(DatasetDoors.cifarArchive()));
      case IMAGES_ZIP -> inOnePlace(format, List.of(DatasetDoors.zip()));
      case CSV -> inOnePlace(format, List.of("a,b,c\n1,2.5,-3e4\n0,1,2\n".getBytes(), CSV));
      case NUMBERS ->
          inOnePlace(format, List.of("epoch,variant,loss,nc1\n1,a,.5,2\n2,a,.25,1\n".getBytes()));
      case STUDY -> inOnePlace(format, List.of(Files.readAllBytes(STUDY)));
      case CHECKPOINT ->
          inOnePlace(
              format,
              List.of(Files.readAllBytes(RunDoors.checkpoint(folder.resolve("c"), TENSORS))));
      case HISTORY -> inOnePlace(format, List.of(RunDoors.HISTORY.getBytes()));
      case RECIPE ->
          inOnePlace(
              format,
              List.of(
                  "recipe: domain-shift\nseed: 7\nadapt:\n  epochs: 3\nlora.rank: 2\ntaps: [a, b]\n"
                      .getBytes()));
      case RECORD, CONDITIONS -> inOnePlace(format, List.of(runFile(format.name)));
    };
  }

  private List<Seeded> inOnePlace(Format format, List<byte[]> files) throws IOException {
    Path place = Files.createDirectories(folder.resolve("seeded")).resolve(format.name);
    assertEquals(false, files.isEmpty(), "no seeds of " + format);
    return files.stream().map(bytes -> new Seeded(place, bytes)).toList();
  }

  private List<byte[]> of(Path place, String ending, Object... marks) throws IOException {
    List<byte[]> found = new ArrayList<>();
    try (Stream<Path> all = Files.walk(place)) {
      for (Path file : all.filter(f -> f.toString().endsWith(ending)).sorted().toList()) {
        boolean named = marks.length == 0;
        byte[] bytes = Files.size(file) > 20_000 ? new byte[0] : Files.readAllBytes(file);
        for (Object mark : marks) {
          named |= mark instanceof String text && file.toString().contains(text);
          int first = bytes.length == 0 ? -1 : Byte.toUnsignedInt(bytes[0]);
          named |= mark instanceof Character letter && first == letter;
          named |= mark instanceof Integer number && first == number;
        }
        if (named && bytes.length > 0) {
          found.add(bytes);
        }
      }
    }
    return found;
  }

  private List<byte[]> npz() throws IOException {
    List<byte[]> files = new ArrayList<>();
    for (byte[] array : of(Golden.path("pytorch"), ".npy")) {
      Path file = folder.resolve("arrays.npz");
      try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
        zip.putNextEntry(new ZipEntry("features.npy"));
        zip.write(array);
        zip.closeEntry();
        zip.putNextEntry(new ZipEntry("notes.txt"));
        zip.write(7);
      }
      files.add(Files.readAllBytes(file));
    }
    return files;
  }

  private List<byte[]> networks() throws IOException {
    List<byte[]> files = new ArrayList<>();
    for (NetworkSpec spec :
        List.of(
            new Mlp(List.of(4, 3, 2)),
            new ResidualMlp(4, 3, 2, 1),
            new ResNet18(1, 2, ResNet18.Stem.CIFAR, 3))) {
      Path file = folder.resolve("network.safetensors");
      try (Network network = LayerNetwork.initialized(spec, new Seed(1))) {
        NetworkFile.write(file, network);
      }
      files.add(Files.readAllBytes(file));
    }
    return files;
  }

  /** Adapters of every layout, each in a folder of its own. */
  private List<Seeded> adapters(String name) throws IOException {
    List<Seeded> seeds = new ArrayList<>();
    try (Stream<Path> all = Files.walk(Golden.path("adapters"))) {
      for (Path file : all.filter(f -> f.endsWith(name)).sorted().toList()) {
        if (Files.size(file) < 20_000) {
          Path copy = Files.createDirectories(folder.resolve("adapter" + seeds.size()));
          try (Stream<Path> beside = Files.list(file.getParent())) {
            for (Path each : beside.filter(Files::isRegularFile).toList()) {
              Files.copy(each, copy.resolve(each.getFileName()));
            }
          }
          seeds.add(new Seeded(copy.resolve(name), Files.readAllBytes(file)));
        }
      }
    }
    return seeds;
  }

  private byte[] idx() throws IOException {
    Path file = folder.resolve("images.gz");
    try (GZIPOutputStream gzip = new GZIPOutputStream(Files.newOutputStream(file))) {
      gzip.write(new byte[] {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 3});
      gzip.write(new byte[18]);
    }
    return Files.readAllBytes(file);
  }

  private byte[] runFile(String name) throws IOException {
    return Files.readAllBytes(SmallRun.in(folder.resolve("run")).resolve(name));
  }

  private static void features(Path file) {
    try (FeatureFile table = FeatureFile.unlabelled(file.toString());
        var source = table.read(2)) {
      while (source.next() != null) {}
    }
  }

  private static void tensors(Path file) {
    SafeTensors.read(file);
    TensorFile.open(file).close();
    features(file);
  }

  private static void study(Path file) {
    if (StudyDirectory.isPlan(file)) {
      StudyDirectory.readPlan(file);
    }
  }

  private static void history(Path file) throws IOException {
    try {
      RunDoors.history(Files.readString(file));
    } catch (IllegalArgumentException | MalformedInputException refused) {
      // with its reason, and the checkpoint is left out
    }
  }

  private static void adapter(Path place) {
    AdapterLayouts.open(place).close();
    AdapterFile.read(place);
  }

  private static void kohya(Path file) {
    AdapterLayouts.open(file).close();
    KohyaFile.read(Checkpoint.read(file), file, List.of("a.b", "c"));
  }

  private static void image(Path file) throws IOException {
    try {
      DatasetDoors.image(Files.readAllBytes(file));
    } catch (IOException refused) {
      // with its reason, which whoever reads images says
    }
  }

  @Test
  void aCanvasThatItsImageDoesNotFillIsRefusedBeforeItIsDrawn() throws IOException {
    byte[] file = Files.readAllBytes(KINDS.resolve("orientation-6.webp"));
    file[29] = 8; // of the canvas's height: half a million
    long nanos = THREADS.getCurrentThreadCpuTime();
    IOException refused = assertThrows(IOException.class, () -> DatasetDoors.image(file));
    assertEquals(
        "is damaged: an image of 16x24 pixels on a canvas of 16x524312", refused.getMessage());
    assertEquals(true, THREADS.getCurrentThreadCpuTime() - nanos < MOST_NANOS);
  }

  @Test
  void aCanvasWithoutAnImageIsRefusedRatherThanBlack() throws IOException {
    byte[] file = Files.readAllBytes(KINDS.resolve("orientation-6.webp"));
    file[33] = '9'; // the last letter of the chunk of pixels
    IOException refused = assertThrows(IOException.class, () -> DatasetDoors.image(file));
    assertEquals("is damaged: a canvas of 16x24 without an image", refused.getMessage());
  }

  @Test
  void aFewBytesMakeNoLargeNetwork() throws IOException {
    // 259 bytes once made a network of 3 GB
    String header =
        "{\"conv1.weight\":{\"dtype\":\"F32\",\"shape\":[4096,0,3,3],\"data_offsets\":[0,0]},"
            + "\"layer2.0.conv1.weight\":{\"dtype\":\"F32\",\"shape\":[8192,0,3,3],\"data"
            + "_offsets\":[0,0]},"
            + "\"fc.weight\":{\"dtype\":\"F32\",\"shape\":[1000,0],\"data_offsets\":[0,0]}}";
    Path file = folder.resolve("bomb.safetensors");
    byte[] text = header.getBytes();
    Files.write(
        file,
        java.nio.ByteBuffer.allocate(8 + text.length)
            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
            .putLong(text.length)
            .put(text)
            .array());
    long bytes = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
    long nanos = THREADS.getCurrentThreadCpuTime();
    try {
      NetworkFile.open(file).close();
    } catch (InvalidInputException refused) {
      assertEquals(true, refused.getMessage().startsWith(file + ": its tensors are of no"));
    }
    assertEquals(true, THREADS.getCurrentThreadCpuTime() - nanos < MOST_NANOS);
    assertEquals(
        true, THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - bytes < 1 << 24);
  }
}
