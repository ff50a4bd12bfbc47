package dev.collapsar.learn.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import dev.collapsar.data.InputFile;
import dev.collapsar.data.NewFile;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.data.TensorFile;
import dev.collapsar.learn.adapter.layout.AdapterLayouts;
import dev.collapsar.learn.adapter.layout.AdapterTensors;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.weight.WeightSite;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * An adapter as PEFT keeps it: a folder with {@code adapter_config.json} and {@code
 * adapter_model.safetensors}. Reading and writing keep every element's type and bytes.
 *
 * @param modules the trained factors by the adapted module's dotted name
 * @param saved what is saved in full, by the network's own names: the parameters and buffers of
 *     {@code modules_to_save}, biases if the configuration trains them, and the copies of adapted
 *     embeddings that PEFT adds
 * @param warnings what was read but not understood, or may be understood in two ways, a line each
 */
public record AdapterFile(
    AdapterConfig config,
    Map<String, LoraFactors> modules,
    Map<String, StoredTensor> saved,
    List<String> warnings) {
  private static final String ADDED_ONCE = "the update of attention's out_proj is added once";
  private static final String CONFIG = "adapter_config.json";
  private static final String MODEL = "adapter_model.safetensors";
  private static final String OLD_MODEL = "adapter_model.bin"; // what PEFT wrote before 0.7
  private static final String PREFIX = "base_model.model.";
  private static final String BASE_HASH = "collapsar.base.sha256"; // a metadata key
  private static final String A = ".lora_A.weight";
  private static final String B = ".lora_B.weight";
  private static final String B_BIAS = ".lora_B.bias";
  private static final String EMBEDDING_A = ".lora_embedding_A";
  private static final String EMBEDDING_B = ".lora_embedding_B";
  private static final String MAGNITUDE = ".lora_magnitude_vector";
  private static final String WRAPPED = ".base_layer.";
  // Where biases are trained, older versions of PEFT save those of a module trained in full thrice.
  private static final String COPY = ".modules_to_save.";
  private static final String COPIED = ".original_module."; // the base's own, which is not in use
  private static final int MOST_CONFIG_BYTES = 1 << 20;

  /**
   * @throws IllegalArgumentException if the factors are not those that the configuration describes:
   *     none at all, a module that is no target, another rank, a magnitude or bias too many or too
   *     few
   */
  public AdapterFile {
    modules = Collections.unmodifiableMap(new TreeMap<>(modules));
    saved = Collections.unmodifiableMap(new TreeMap<>(saved));
    warnings = List.copyOf(warnings);
    if (modules.isEmpty()) {
      throw new IllegalArgumentException("no adapted module");
    }
    for (Map.Entry<String, LoraFactors> entry : modules.entrySet()) {
      requireDescribed(config, entry.getKey(), entry.getValue());
    }
  }

  /** An adapter with nothing to warn of. */
  public static AdapterFile of(
      AdapterConfig config, Map<String, LoraFactors> modules, Map<String, StoredTensor> saved) {
    return new AdapterFile(config, modules, saved, List.of());
  }

  /**
   * Reads an adapter.
   *
   * @param folder that holds the two files
   * @throws InvalidInputException if one is missing or unreadable, if the configuration is not one
   *     that is implemented here, if the tensors are not those that it describes, or if two that
   *     differ have names that mean the same
   */
  public static AdapterFile read(Path folder) {
    if (Files.isRegularFile(folder)) {
      throw new InvalidInputException(
          "%s: is a file, must be the folder that holds %s".formatted(folder, CONFIG));
    }
    Path configPath = folder.resolve(CONFIG);
    AdapterConfigReader.Read read =
        AdapterConfigReader.read(text(configPath), configPath.toString());
    Path old = folder.resolve(OLD_MODEL);
    Path modelPath =
        Files.exists(old) && !Files.exists(folder.resolve(MODEL)) ? old : folder.resolve(MODEL);
    Map<String, StoredTensor> byPath = new LinkedHashMap<>();
    Checkpoint file = Checkpoint.read(modelPath);
    file.tensors().forEach((name, tensor) -> put(modelPath, byPath, path(modelPath, name), tensor));
    Map<String, Map<String, StoredTensor>> parts = new LinkedHashMap<>();
    Map<String, StoredTensor> saved = new LinkedHashMap<>();
    Checkpoint.unwrapped(byPath)
        .forEach((path, tensor) -> sort(modelPath, path, tensor, parts, saved));
    try {
      Map<String, LoraFactors> modules = new LinkedHashMap<>();
      parts.forEach((module, tensors) -> modules.put(module, factors(module, tensors)));
      List<String> warnings =
          new ArrayList<>(warnings(modelPath, read.warnings(), modules.keySet()));
      file.notes().forEach(note -> warnings.add(modelPath + ": " + note));
      read.config()
          .ambiguities(modules.keySet())
          .forEach(line -> warnings.add(configPath + ": " + line));
      BaseModel base = read.config().base().hashed(file.texts().get(BASE_HASH));
      return new AdapterFile(read.config().on(base), modules, saved, warnings);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(modelPath + ": " + e.getMessage(), e);
    }
  }

  /** PEFT 0.21 adds one of attention's two updates twice; its pull request 3774 is open. */
  private static List<String> warnings(Path file, List<String> read, Set<String> modules) {
    List<String> warnings = new ArrayList<>(read);
    if (modules.stream().anyMatch(module -> module.contains(WeightSite.WITHIN_WRAPPED))) {
      warnings.add("%s: %s, where PEFT 0.21 adds it twice".formatted(file, ADDED_ONCE));
    }
    return warnings;
  }

  /** {@link #warnings} but for what a merge says of each weight by itself. */
  public List<String> warningsBesideMerge() {
    return warnings.stream().filter(line -> !line.contains(ADDED_ONCE)).toList();
  }

  /**
   * Writes both files. Both are whole under temporary names before either gets its own; the folder
   * is made if it is not there.
   *
   * @throws InvalidInputException if the folder cannot be made or written
   */
  public void write(Path folder) {
    Path partial = NewFile.partial(folder.toAbsolutePath());
    byte[] json = AdapterConfigWriter.write(config).getBytes(StandardCharsets.UTF_8);
    try {
      try {
        NewFile.remove(partial); // of a killed process that had the same number
        Files.createDirectories(partial);
        SafeTensors.write(partial.resolve(MODEL), tensors(), metadata());
        NewFile.write(partial.resolve(CONFIG), out -> out.write(json));
        Files.createDirectories(folder);
        for (String name : List.of(MODEL, CONFIG)) {
          Files.move(
              partial.resolve(name),
              folder.resolve(name),
              StandardCopyOption.ATOMIC_MOVE,
              StandardCopyOption.REPLACE_EXISTING);
        }
      } finally {
        NewFile.remove(partial);
      }
    } catch (IOException e) {
      throw InvalidInputException.because(folder + ": cannot be written", e);
    }
  }

  /** What it does to a network's tensors, as if it were read from its files. */
  public AdapterTensors parts() {
    Map<String, FileTensor> held = new LinkedHashMap<>();
    tensors().forEach((name, tensor) -> held.put(name, FileTensor.of(name, tensor)));
    return AdapterLayouts.of(
        TensorFile.of("the adapter", held, Map.of()), AdapterConfigWriter.json(config));
  }

  /**
   * PEFT reads nothing of it, and nothing of ours in its configuration would go without a warning.
   */
  private Map<String, String> metadata() {
    String hash = config.base().sha256();
    return hash == null ? Map.of("format", "pt") : Map.of("format", "pt", BASE_HASH, hash);
  }

  /** The same, pointing at another base. */
  public AdapterFile on(BaseModel base) {
    return new AdapterFile(config.on(base), modules, saved, warnings);
  }

  /** Whether a folder holds one of an adapter's files. */
  public static boolean existsIn(Path folder) {
    return Stream.of(CONFIG, MODEL, OLD_MODEL).anyMatch(name -> Files.exists(folder.resolve(name)));
  }

  /** Every tensor under the name that PEFT gives it. */
  private Map<String, StoredTensor> tensors() {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    modules.forEach(
        (module, factors) -> {
          boolean embedding = factors.kind() == Kind.EMBEDDING;
          String path = PREFIX + module;
          tensors.put(path + (embedding ? EMBEDDING_A : A), factors.a());
          tensors.put(path + (embedding ? EMBEDDING_B : B), factors.b());
          factors.bias().ifPresent(bias -> tensors.put(path + B_BIAS, bias));
          factors.magnitude().ifPresent(vector -> tensors.put(path + MAGNITUDE, vector));
        });
    saved.forEach((name, tensor) -> tensors.put(PREFIX + savedName(name), tensor));
    return tensors;
  }

  /** PEFT keeps an adapted layer inside a wrapper, and with it the layer's weight and bias. */
  private String savedName(String name) {
    int last = name.lastIndexOf('.');
    String module = name.substring(0, Math.max(last, 0));
    return modules.containsKey(module) ? module + WRAPPED + name.substring(last + 1) : name;
  }

  /** The name without PEFT's prefix, and as its latest versions spell it. */
  private static String path(Path file, String name) {
    if (!name.startsWith(PREFIX)) {
      throw new InvalidInputException(
          "%s: tensor '%s' does not begin with '%s'".formatted(file, name, PREFIX));
    }
    String path = name.substring(PREFIX.length()).replace(COPY, ".");
    return path.endsWith(MAGNITUDE + ".weight") // as PEFT's own modules name it
        ? path.substring(0, path.length() - ".weight".length())
        : path;
  }

  private static void sort(
      Path file,
      String path,
      StoredTensor tensor,
      Map<String, Map<String, StoredTensor>> parts,
      Map<String, StoredTensor> saved) {
    if (path.contains(COPIED)) {
      return;
    }
    if (path.endsWith(WRAPPED + "weight") || path.endsWith(WRAPPED + "bias")) {
      put(file, saved, path.replace(WRAPPED, "."), tensor);
      return;
    }
    for (String part : List.of(A, B, B_BIAS, EMBEDDING_A, EMBEDDING_B, MAGNITUDE)) {
      if (path.endsWith(part)) {
        parts
            .computeIfAbsent(
                path.substring(0, path.length() - part.length()), module -> new LinkedHashMap<>())
            .put(part, tensor);
        return;
      }
    }
    if (path.contains(".lora_") || path.contains("base_layer")) {
      throw new InvalidInputException(
          "%s: tensor '%s' is of a kind that is not implemented here"
              .formatted(file, PREFIX + path));
    }
    put(file, saved, path, tensor);
  }

  /** Several names may mean one tensor, such as those of old versions; they must then agree. */
  private static void put(
      Path file, Map<String, StoredTensor> into, String name, StoredTensor tensor) {
    StoredTensor other = into.put(name, tensor);
    if (other != null && !other.equals(tensor)) {
      throw new InvalidInputException(
          "%s: two of its tensors are both '%s' (%s and %s) and differ"
              .formatted(file, name, other, tensor));
    }
  }

  private static LoraFactors factors(String module, Map<String, StoredTensor> parts) {
    boolean embedding = parts.containsKey(EMBEDDING_A);
    StoredTensor a = parts.get(embedding ? EMBEDDING_A : A);
    StoredTensor b = parts.get(embedding ? EMBEDDING_B : B);
    if (a == null || b == null) {
      throw new IllegalArgumentException(
          "module %s has %s alone, must have A and B".formatted(module, parts.keySet()));
    }
    Kind kind = embedding ? Kind.EMBEDDING : a.shape().length == 4 ? Kind.CONV2D : Kind.LINEAR;
    try {
      return new LoraFactors(
          kind,
          a,
          b,
          Optional.ofNullable(parts.get(B_BIAS)),
          Optional.ofNullable(parts.get(MAGNITUDE)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("module " + module + ": " + e.getMessage(), e);
    }
  }

  private static void requireDescribed(AdapterConfig config, String module, LoraFactors factors) {
    String contradiction = null;
    if (!config.adapts(module, factors.kind())) {
      contradiction = "it is no target (target_modules %s)".formatted(config.targets());
    } else if (config.rank(module) != factors.rank()) {
      contradiction =
          "its rank is %s and the configuration's %s"
              .formatted(factors.rank(), config.rank(module));
    } else if (config.dora() != factors.magnitude().isPresent()) {
      contradiction =
          config.dora() ? "use_dora without a magnitude vector" : "a magnitude without use_dora";
    } else if (config.loraBias() != factors.bias().isPresent()) {
      contradiction = config.loraBias() ? "lora_bias without one" : "a bias without lora_bias";
    }
    if (contradiction != null) {
      throw new IllegalArgumentException("module %s: %s".formatted(module, contradiction));
    }
  }

  private static String text(Path path) {
    return new String(InputFile.bytes(path, MOST_CONFIG_BYTES), StandardCharsets.UTF_8);
  }
}
