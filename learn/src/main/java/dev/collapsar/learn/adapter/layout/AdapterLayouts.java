package dev.collapsar.learn.adapter.layout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.InputFile;
import dev.collapsar.data.TensorFile;
import dev.collapsar.learn.checkpoint.Checkpoint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Opens an adapter of any layout: a folder as PEFT keeps it, or one file. */
public final class AdapterLayouts {
  private static final String CONFIG = "adapter_config.json";
  private static final List<String> MODELS =
      List.of("adapter_model.safetensors", "adapter_model.bin", "pytorch_lora_weights.safetensors");
  private static final int MOST_CONFIG_BYTES = 1 << 20;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static final List<AdapterLayout> LAYOUTS =
      List.of(
          new LoraLayout(),
          new AdaLoraLayout(),
          new LohaLayout(),
          new LokrLayout(),
          new Ia3Layout(),
          new VeraLayout(),
          new OftLayout(),
          new BoftLayout(),
          new MissLayout(),
          new HiraLayout(),
          new LnTuningLayout(),
          new TokensLayout(),
          new OtherPeftLayout(),
          new KohyaLayout(),
          new DottedLayout());

  /** An adapter and the file that its parts read from. */
  public record Opened(AdapterTensors adapter, TensorFile file) implements AutoCloseable {
    @Override
    public void close() {
      file.close();
    }
  }

  private AdapterLayouts() {}

  /**
   * Reads the heads of an adapter's files.
   *
   * @throws InvalidInputException if there is none, or none of the layouts' names, or its tensors
   *     contradict one another or the configuration
   */
  public static Opened open(Path path) {
    return open(path, AdapterLayouts::of);
  }

  /**
   * Likewise, to look at alone: what its tensors contradict is what keeps it from being merged.
   *
   * @throws InvalidInputException if there is none, or none of the layouts' names
   */
  public static Opened look(Path path) {
    return open(
        path,
        (file, config) -> {
          AdapterLayout layout = layout(file, config);
          try {
            return of(file, config);
          } catch (InvalidInputException e) {
            String type = PeftConfig.type(config);
            return AdapterTensors.unmergeable(
                layout.name(), type.isEmpty() ? "an adapter" : type, e.getMessage());
          }
        });
  }

  private static Opened open(
      Path path, BiFunction<TensorFile, Optional<JsonNode>, AdapterTensors> read) {
    Path model = Files.isDirectory(path) ? model(path) : path;
    Path beside = model.resolveSibling(CONFIG);
    boolean peft = Files.isDirectory(path) || model.getFileName().toString().startsWith("adapter_");
    Optional<JsonNode> config =
        peft && Files.exists(beside) ? Optional.of(json(beside)) : Optional.empty();
    TensorFile file = tensors(model);
    try {
      return new Opened(read.apply(file, config), file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * An adapter in memory, as PEFT's configuration and tensors.
   *
   * @throws InvalidInputException as {@link #open}
   */
  public static AdapterTensors of(TensorFile file, JsonNode config) {
    return of(file, Optional.of(config));
  }

  private static AdapterTensors of(TensorFile file, Optional<JsonNode> config) {
    return requireContent(parsed(layout(file, config), file, config), file);
  }

  private static AdapterLayout layout(TensorFile file, Optional<JsonNode> config) {
    return LAYOUTS.stream()
        .filter(l -> l.fits(file.tensors().keySet(), config))
        .findFirst()
        .orElseThrow(() -> unknown(file, config));
  }

  private static AdapterTensors parsed(
      AdapterLayout layout, TensorFile file, Optional<JsonNode> config) {
    try {
      return layout.parse(file, config);
    } catch (InvalidInputException e) {
      throw e.getMessage().startsWith(file.name())
          ? e
          : new InvalidInputException(printable(file.name() + ": " + e.getMessage()), e);
    }
  }

  private static AdapterTensors requireContent(AdapterTensors adapter, TensorFile file) {
    boolean empty = adapter.targets().isEmpty() && adapter.saved().isEmpty();
    if (empty && adapter.obstacle().isEmpty()) {
      throw new InvalidInputException(file.name() + ": holds no tensor of an adapter");
    }
    adapter
        .saved()
        .forEach(
            (name, tensor) -> {
              if (tensor.elements() == 0) {
                throw new InvalidInputException(
                    "%s: %s has no elements; was it saved while DeepSpeed's ZeRO-3 held the parts?"
                        .formatted(file.name(), tensor));
              }
            });
    return adapter;
  }

  private static Path model(Path folder) {
    for (String name : MODELS) {
      if (Files.exists(folder.resolve(name))) {
        return folder.resolve(name);
      }
    }
    try (Stream<Path> entries = Files.list(folder)) {
      List<String> inside =
          entries
              .filter(entry -> Files.exists(entry.resolve(CONFIG)))
              .map(entry -> entry.getFileName().toString())
              .sorted()
              .toList();
      throw new InvalidInputException(
          folder
              + ": holds no adapter"
              + (inside.isEmpty()
                  ? " (" + String.join(" or ", MODELS) + ")"
                  : " itself; its folders do: " + String.join(", ", inside)));
    } catch (IOException e) {
      throw InvalidInputException.because(folder + ": cannot be read", e);
    }
  }

  /** Opens a file of tensors of either kind, told by its bytes. */
  private static TensorFile tensors(Path path) {
    if (Files.isRegularFile(path)) {
      try (InputStream in = Files.newInputStream(path)) {
        byte[] start = in.readNBytes(9);
        if (start.length > 1 && (start[0] == 'P' && start[1] == 'K' || start[0] == (byte) 0x80)) {
          Checkpoint held = Checkpoint.readToCopy(path);
          return held.file(path.toString(), held.texts());
        }
      } catch (IOException e) {
        throw InvalidInputException.because(path + ": cannot be read", e);
      }
    }
    return TensorFile.open(path);
  }

  private static JsonNode json(Path path) {
    try {
      JsonNode root = MAPPER.readTree(InputFile.bytes(path, MOST_CONFIG_BYTES));
      if (!(root instanceof ObjectNode)) {
        throw new InvalidInputException(path + ": not a JSON object");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(path + ": no JSON: " + printable(e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw InvalidInputException.because(path + ": cannot be read", e);
    }
  }

  private static InvalidInputException unknown(TensorFile file, Optional<JsonNode> config) {
    boolean peft = file.tensors().keySet().stream().anyMatch(n -> n.startsWith("base_model."));
    String reason =
        peft
            ? config.isEmpty()
                ? "there is no %s beside it, which says the scales".formatted(CONFIG)
                : CONFIG + " lacks peft_type"
            : "its tensors' names are of no adapter layout that is known here";
    return new InvalidInputException(file.name() + ": " + reason);
  }

  private static String printable(String text) {
    return text.replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]+", " ");
  }
}
