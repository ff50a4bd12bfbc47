package dev.collapsar.learn.merge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import dev.collapsar.data.InputFile;
import dev.collapsar.data.TensorFile;
import dev.collapsar.learn.checkpoint.Checkpoint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A network's weights in one file, or in a folder as Hugging Face keeps it: config.json and one or
 * several shards with an index. Heads are read, tensors when they are asked for; torch.save's files
 * are held in memory.
 */
public final class BaseNetwork implements AutoCloseable {
  /** One file of weights. */
  record Shard(String name, TensorFile file) {}

  private static final String CONFIG = "config.json";
  private static final String INDEX = ".index.json";
  private static final int MOST_JSON_BYTES = 64 << 20;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path path;
  private final List<Shard> shards = new ArrayList<>();
  private final Map<String, FileTensor> tensors = new LinkedHashMap<>();
  private final Map<String, String> shardOf = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();
  private ObjectNode config;
  private ObjectNode index;

  private BaseNetwork(Path path) {
    this.path = path;
  }

  /**
   * Opens a file of weights, a folder, or the index in a folder.
   *
   * @throws InvalidInputException if there are none, a shard is missing, cut short or lacks a
   *     tensor that the index promises, or two shards hold one tensor
   */
  public static BaseNetwork open(Path path) {
    boolean byIndex = path.getFileName() != null && path.getFileName().toString().endsWith(INDEX);
    Path folder = byIndex ? path.toAbsolutePath().getParent() : path;
    BaseNetwork base = new BaseNetwork(folder);
    try {
      if (Files.isDirectory(folder)) {
        base.openFolder(byIndex ? Optional.of(path) : find(folder, INDEX));
      } else {
        base.openShard(path);
      }
      return base;
    } catch (RuntimeException e) {
      base.close();
      throw e;
    }
  }

  private void openFolder(Optional<Path> indexPath) {
    Path configPath = path.resolve(CONFIG);
    config = Files.exists(configPath) ? json(configPath) : null;
    if (indexPath.isEmpty()) {
      openShard(
          find(path, ".safetensors")
              .or(() -> find(path, ".bin"))
              .orElseThrow(
                  () ->
                      new InvalidInputException(
                          path + ": holds no weights (.safetensors, .bin, or an index of them)")));
      return;
    }
    index = json(indexPath.get());
    Map<String, String> promised = promised(indexPath.get());
    for (String shard : new LinkedHashSet<>(promised.values())) {
      if (!Files.exists(path.resolve(shard))) {
        throw new InvalidInputException(
            "%s: names the shard %s, which is not there".formatted(indexPath.get(), shard));
      }
      openShard(path.resolve(shard));
    }
    promised.forEach(
        (name, shard) -> {
          if (!shard.equals(shardOf.get(name))) {
            throw new InvalidInputException(
                "%s: says that %s is in %s, which does not hold it"
                    .formatted(indexPath.get(), printable(name), shard));
          }
        });
  }

  private Map<String, String> promised(Path indexPath) {
    Map<String, String> promised = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : index.path("weight_map").properties()) {
      String shard = entry.getValue().asText();
      if (!shard.matches("[\\w][\\w.-]*")) {
        throw new InvalidInputException(
            "%s: '%s' is no name of a shard beside it".formatted(indexPath, printable(shard)));
      }
      promised.put(entry.getKey(), shard);
    }
    if (promised.isEmpty()) {
      throw new InvalidInputException(indexPath + ": has no weight_map");
    }
    Map<String, String> byShard = new LinkedHashMap<>();
    promised.entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .forEach(entry -> byShard.put(entry.getKey(), entry.getValue()));
    return byShard;
  }

  private void openShard(Path file) {
    Shard shard = new Shard(file.getFileName().toString(), tensors(file));
    shards.add(shard);
    shard
        .file()
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (tensors.put(name, tensor) != null) {
                throw new InvalidInputException(
                    "%s: tensor %s is in %s too"
                        .formatted(file, printable(name), shardOf.get(name)));
              }
              shardOf.put(name, shard.name());
            });
  }

  private TensorFile tensors(Path file) {
    if (!Files.isRegularFile(file) || !isTorch(file)) {
      return TensorFile.open(file);
    }
    long held = shards.stream().mapToLong(s -> size(path.resolve(s.name()))).sum();
    if (index != null && held + size(file) > Runtime.getRuntime().maxMemory() / 2) {
      throw new InvalidInputException(
          ("%s: torch.save's files are held in memory and are more than half of it (-Xmx); save the"
                  + " network as safetensors, which is read in parts")
              .formatted(path));
    }
    Checkpoint read = Checkpoint.readToCopy(file);
    Stream.concat(read.notes().stream(), read.besides().stream())
        .forEach(note -> notes.add(file + ": " + note));
    return read.file(file.toString(), Map.of("format", "pt"));
  }

  private static long size(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      throw InvalidInputException.because(file + ": cannot be read", e);
    }
  }

  private static boolean isTorch(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(2);
      return start.length == 2
          && (start[0] == 'P' && start[1] == 'K' || start[0] == (byte) 0x80 && start[1] == 2);
    } catch (IOException e) {
      throw InvalidInputException.because(file + ": cannot be read", e);
    }
  }

  /** The only file with such an ending, or of several the one that Hugging Face looks for. */
  private static Optional<Path> find(Path folder, String ending) {
    try (Stream<Path> entries = Files.list(folder)) {
      List<Path> found =
          entries
              .filter(entry -> entry.getFileName().toString().endsWith(ending))
              .filter(entry -> !entry.getFileName().toString().startsWith("."))
              .sorted()
              .toList();
      for (String usual : List.of("model.safetensors", "pytorch_model.bin")) {
        for (Path entry : found) {
          String name = entry.getFileName().toString();
          if (name.equals(usual) || name.equals(usual + INDEX)) {
            return Optional.of(entry);
          }
        }
      }
      if (found.size() > 1) {
        throw new InvalidInputException(
            "%s: holds several files of weights and none is model%s: %s"
                .formatted(
                    folder,
                    ending,
                    String.join(
                        ", ", found.stream().map(p -> p.getFileName().toString()).toList())));
      }
      return found.stream().findFirst();
    } catch (IOException e) {
      throw InvalidInputException.because(folder + ": cannot be read", e);
    }
  }

  private static ObjectNode json(Path file) {
    try {
      if (MAPPER.readTree(InputFile.bytes(file, MOST_JSON_BYTES)) instanceof ObjectNode object) {
        return object;
      }
      throw new InvalidInputException(file + ": not a JSON object");
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(file + ": no JSON: " + printable(e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw InvalidInputException.because(file + ": cannot be read", e);
    }
  }

  private static String printable(String text) {
    return text.replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]+", " ");
  }

  /** All tensors by name, in the order of the shards. */
  public Map<String, FileTensor> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  /** Whether it is a folder's, or one file by itself. */
  public boolean isFolder() {
    return Files.isDirectory(path);
  }

  /** What all tensors take. */
  public long bytes() {
    return tensors.values().stream().mapToLong(FileTensor::bytes).sum();
  }

  /** What was found in torch.save's files and left out, a line each. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  List<Shard> shards() {
    return List.copyOf(shards);
  }

  /** config.json, to read only. */
  Optional<ObjectNode> config() {
    return Optional.ofNullable(config);
  }

  /** The kind of model that config.json names; empty if it does not. */
  public String modelType() {
    return config == null ? "" : config.path("model_type").asText();
  }

  Optional<ObjectNode> index() {
    return Optional.ofNullable(index);
  }

  /** What lies beside the weights; nothing of a single file. */
  OtherFiles others() {
    return Files.isDirectory(path)
        ? OtherFiles.of(path, shards.stream().map(Shard::name).toList())
        : new OtherFiles(List.of(), List.of());
  }

  @Override
  public void close() {
    shards.forEach(shard -> shard.file().close());
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
