package dev.collapsar.learn.adapter.layout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import dev.collapsar.data.TensorFile;
import dev.collapsar.learn.adapter.part.Part;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * diffusers' and ComfyUI's single files: {@code unet.<layer>.lora_A.weight}, {@code
 * diffusion_model.<layer>.lora_down.weight} and older spellings, with the network's own dots. The
 * scale is that of the header's {@code lora_adapter_metadata}, or alpha / rank, else 1.
 */
final class DottedLayout implements AdapterLayout {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String METADATA = "lora_adapter_metadata";
  private static final String PROCESSOR = "_lora."; // attn1.processor.to_q_lora.down.weight
  private static final Map<String, String> PARTS = FileParts.longestFirst();
  private static final List<String> NETWORKS =
      List.of(
          "unet",
          "transformer",
          "text_encoder",
          "text_encoder_2",
          "text_encoder_3",
          "prior",
          "diffusion_model",
          "text_encoders");

  /** A tensor's name in parts; the network is empty if the name begins with none. */
  private record Name(String network, String layer, String part) {}

  @Override
  public String name() {
    return "diffusers";
  }

  @Override
  public boolean fits(Set<String> tensors, Optional<JsonNode> config) {
    return config.isEmpty()
        && tensors.stream().noneMatch(name -> name.startsWith("base_model."))
        && tensors.stream().anyMatch(name -> name(name).isPresent());
  }

  private static Optional<Name> name(String tensor) {
    int dot = tensor.indexOf('.');
    String network =
        dot > 0 && NETWORKS.contains(tensor.substring(0, dot)) ? tensor.substring(0, dot) : "";
    String rest = network.isEmpty() ? tensor : tensor.substring(dot + 1);
    for (Map.Entry<String, String> spelled : PARTS.entrySet()) {
      if (rest.endsWith("." + spelled.getKey())) {
        String layer = rest.substring(0, rest.length() - spelled.getKey().length() - 1);
        return Optional.of(new Name(network, layer, spelled.getValue()));
      }
    }
    int at = rest.lastIndexOf(PROCESSOR);
    String direction = at < 0 ? "" : rest.substring(at + PROCESSOR.length());
    if (direction.matches("(down|up)(\\.weight)?")) {
      String layer = rest.substring(0, at).replace(".processor.", ".");
      return Optional.of(
          new Name(
              network,
              layer.endsWith(".to_out") ? layer + ".0" : layer,
              direction.replace(".weight", "")));
    }
    return Optional.empty();
  }

  @Override
  public AdapterTensors parse(TensorFile file, Optional<JsonNode> none) {
    Map<String, Map<String, Map<String, FileTensor>>> networks = new TreeMap<>();
    Optional<String> obstacle = Optional.empty();
    for (Map.Entry<String, FileTensor> entry : file.tensors().entrySet()) {
      Optional<Name> name = name(entry.getKey());
      if (name.isPresent()) {
        networks
            .computeIfAbsent(name.get().network(), n -> new TreeMap<>())
            .computeIfAbsent(name.get().layer(), n -> new LinkedHashMap<>())
            .put(name.get().part(), entry.getValue());
      } else if (obstacle.isEmpty()) {
        obstacle = Optional.of(FileParts.foreign(entry.getKey()));
      }
    }
    List<Target> targets = new ArrayList<>();
    Map<String, Map<String, FileTensor>> all = new TreeMap<>();
    networks.forEach(
        (network, layers) -> {
          all.putAll(layers);
          targets.addAll(targets(network, layers, config(file, network)));
        });
    return AdapterTensors.of(name(), KohyaLayout.method(all), targets).withObstacle(obstacle);
  }

  private static List<Target> targets(
      String network, Map<String, Map<String, FileTensor>> layers, Optional<PeftConfig> config) {
    List<Target> targets = new ArrayList<>();
    layers.forEach(
        (layer, tensors) -> {
          Part part =
              FileParts.part(
                  layer,
                  tensors,
                  rank -> config.map(c -> LoraLayout.plainScale(layer, rank, c)).orElse(1.0));
          targets.add(
              new Target(network, layer, false, List.of(new Target.Choice("weight", part)), false));
        });
    return targets;
  }

  /**
   * What the header says of a network: PEFT's configuration, its keys behind the network's name.
   */
  private static Optional<PeftConfig> config(TensorFile file, String network) {
    String text = file.metadata().get(METADATA);
    if (text == null) {
      return Optional.empty();
    }
    ObjectNode own = MAPPER.createObjectNode();
    try {
      String prefix = network.isEmpty() ? "" : network + ".";
      MAPPER
          .readTree(text)
          .properties()
          .forEach(
              entry -> {
                if (entry.getKey().startsWith(prefix)) {
                  own.set(entry.getKey().substring(prefix.length()), entry.getValue());
                }
              });
    } catch (JsonProcessingException e) {
      throw new InvalidInputException("%s: its %s is no JSON".formatted(file.name(), METADATA), e);
    }
    return own.isEmpty() || !own.has("lora_alpha")
        ? Optional.empty()
        : Optional.of(new PeftConfig(Optional.of(own), file.name() + " " + METADATA));
  }
}
