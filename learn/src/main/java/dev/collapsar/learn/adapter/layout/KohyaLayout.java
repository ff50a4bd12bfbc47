package dev.collapsar.learn.adapter.layout;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * kohya's sd-scripts and LyCORIS: {@code PREFIX_layer4_1_conv2.lora_down.weight}, with underscores
 * where the network has dots; the prefix says which network it is of. The scale is alpha / rank,
 * and 1 without an alpha.
 */
final class KohyaLayout implements AdapterLayout {
  private static final Pattern NAME =
      Pattern.compile("(lora_prior_[a-z]+|lora_[a-z]+\\d*|lycoris)_([^.]+)\\.(.+)");

  @Override
  public String name() {
    return "kohya";
  }

  @Override
  public boolean fits(Set<String> tensors, Optional<JsonNode> config) {
    return config.isEmpty() && tensors.stream().anyMatch(name -> NAME.matcher(name).matches());
  }

  @Override
  public AdapterTensors parse(TensorFile file, Optional<JsonNode> config) {
    Map<String, Map<String, FileTensor>> layers = new TreeMap<>();
    Optional<String> obstacle = Optional.empty();
    for (Map.Entry<String, FileTensor> entry : file.tensors().entrySet()) {
      Matcher name = NAME.matcher(entry.getKey());
      Optional<String> part = name.matches() ? FileParts.named(name.group(3)) : Optional.empty();
      if (part.isPresent()) {
        layers
            .computeIfAbsent(name.group(1) + "." + name.group(2), n -> new LinkedHashMap<>())
            .put(part.get(), entry.getValue());
      } else if (obstacle.isEmpty()) {
        obstacle = Optional.of(FileParts.foreign(entry.getKey()));
      }
    }
    boolean readable = obstacle.isEmpty();
    List<Target> targets = new ArrayList<>();
    layers.forEach(
        (layer, tensors) -> {
          if (readable) {
            int dot = layer.indexOf('.');
            Part part = FileParts.part(layer, tensors, rank -> 1);
            targets.add(
                new Target(
                    layer.substring(0, dot),
                    layer.substring(dot + 1),
                    true,
                    List.of(new Target.Choice("weight", part)),
                    false));
          }
        });
    return AdapterTensors.of(name(), method(layers), targets).withObstacle(obstacle);
  }

  static String method(Map<String, Map<String, FileTensor>> layers) {
    Set<String> kinds = new TreeSet<>();
    for (Map<String, FileTensor> tensors : layers.values()) {
      boolean hada = tensors.keySet().stream().anyMatch(HadaTensors.NAMES::contains);
      boolean kron = tensors.keySet().stream().anyMatch(KronTensors.NAMES::contains);
      kinds.add(hada ? "LOHA" : kron ? "LOKR" : "LORA");
    }
    return String.join(" and ", kinds);
  }
}
