package dev.collapsar.learn.merge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.part.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Which way round a base keeps the weights of the layers that an adapter adapts: (out,in) as
 * PyTorch's Linear does, or (in,out) as the Conv1D of transformers' GPT-2 and its kin.
 *
 * <p>Decided layer by layer from the shapes of weight, update and bias. The configuration's one
 * {@code fan_in_fan_out} cannot tell, since PEFT sets it by the last layer it wrapped. Of a square
 * weight shapes do not tell either. It is (in,out) if the user says so, or if it has a name that
 * GPT-2 gives its Conv1D and config.json, or else the base's other layers of such names, say that
 * they are Conv1D; it is (out,in) if config.json names another kind of model or nothing in base or
 * adapter is (in,out); otherwise it is refused.
 */
public final class Orientation {
  /** A weight, as the base or an adapter's resized copy has it, and what an adapter has for it. */
  record Site(String weight, FileTensor source, Part part) {
    private String module() {
      return weight.substring(0, weight.length() - WEIGHT.length());
    }
  }

  private static final Set<String> MODELS =
      Set.of("gpt2", "openai-gpt", "imagegpt", "decision_transformer", "clvp", "clvp_decoder");

  private static final Set<String> TURNED_EXPERTS =
      Set.of(
          "gpt_oss",
          "llama4",
          "llama4_text",
          "qwen3_vl_moe",
          "qwen3_vl_moe_text",
          "aria",
          "aria_text");

  /**
   * What GPT-2 calls its Conv1D layers; StarCoder and nanoGPT have Linear layers of these names.
   */
  private static final Set<String> CONV1D = Set.of("c_attn", "q_attn", "c_proj", "c_fc");

  private static final String WEIGHT = ".weight";

  private final Map<String, FileTensor> base;
  private final Optional<String> model;
  private final boolean fanInFanOut;
  private final Optional<List<String>> declared;
  private final Set<Boolean> turnedOfConv1d;
  private boolean anyTurned;
  private final List<String> notes = new ArrayList<>();

  private Orientation(BaseNetwork base, boolean fanInFanOut, Optional<List<String>> declared) {
    this.base = base.tensors();
    this.model =
        base.config()
            .map((ObjectNode node) -> node.path("model_type").asText(""))
            .filter(type -> !type.isEmpty());
    this.fanInFanOut = fanInFanOut;
    this.declared = declared;
    this.turnedOfConv1d = turnedOf(module -> CONV1D.contains(last(module)));
  }

  /**
   * @param fanInFanOut what the adapter's configuration says of all layers at once
   * @param declared the layers that are (in,out) though their shape does not tell, by whole names
   *     or what follows one of their dots; the other square ones are (out,in)
   * @throws InvalidInputException if the declaration names a layer that the adapter does not have
   */
  static Orientation of(
      BaseNetwork base, boolean fanInFanOut, Optional<List<String>> declared, List<Site> sites) {
    Orientation orientation = new Orientation(base, fanInFanOut, declared);
    List<Site> linear = sites.stream().filter(orientation::isLinear).toList();
    declared.ifPresent(all -> all.forEach(name -> requireLayer(name, linear)));
    orientation.anyTurned =
        linear.stream()
            .anyMatch(
                site ->
                    !orientation.fitsStraight(site)
                        && orientation.fitsTurned(site)
                        && orientation.isCredible(site));
    return orientation;
  }

  /**
   * The modules of a base whose weights are (in,out), as far as names, config.json and biases tell:
   * those with a name of GPT-2's Conv1D in a model of that kind, or, without config.json, where the
   * biases of such layers say so.
   */
  public static Set<String> conv1d(BaseNetwork base) {
    Orientation orientation = new Orientation(base, false, Optional.empty());
    boolean turned =
        orientation
            .model
            .map(MODELS::contains)
            .orElse(orientation.turnedOfConv1d.equals(Set.of(true)));
    return base.tensors().keySet().stream()
        .filter(name -> turned && name.endsWith(WEIGHT))
        .map(name -> name.substring(0, name.length() - WEIGHT.length()))
        .filter(module -> CONV1D.contains(last(module)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * Whether a part is for the weight's transpose; empty if it fits neither way.
   *
   * @throws InvalidInputException if it fits both ways and nothing tells which is right, or the
   *     declaration contradicts the shape
   */
  Optional<Boolean> turned(Site site) {
    if (!isLinear(site)) {
      return site.part().fits(site.source().shape()) ? Optional.of(false) : Optional.empty();
    }
    boolean straight = fitsStraight(site);
    boolean turned = fitsTurned(site);
    if (straight && turned) {
      return Optional.of(isSquareTurned(site.module()));
    }
    if (turned && isCredible(site)) {
      return Optional.of(true);
    }
    if (straight && isDeclared(site.module())) {
      throw new InvalidInputException(
          "--fan-in-fan-out: %s is %s in the base, which is (out,in)"
              .formatted(site.module(), site.source().kind()));
    }
    return straight ? Optional.of(false) : Optional.empty();
  }

  /** Whether fused experts are (experts,in,out), if config.json says what kind of model it is. */
  Optional<Boolean> isExpertsTurned() {
    return model.map(TURNED_EXPERTS::contains);
  }

  /** What was assumed of square layers, a line each. */
  List<String> notes() {
    return List.copyOf(notes);
  }

  private boolean isLinear(Site site) {
    return site.weight().endsWith(WEIGHT)
        && site.source().shape().length == 2
        && !site.part().isOfEmbedding();
  }

  private boolean fitsStraight(Site site) {
    return site.part().fits(site.source().shape());
  }

  private boolean fitsTurned(Site site) {
    long[] shape = site.source().shape();
    return site.part().fits(new long[] {shape[1], shape[0]});
  }

  /**
   * A transposed shape may also be another network's. The bias tells, which has as many elements as
   * the layer has outputs; without one a name, the configuration or the user must say so.
   */
  private boolean isCredible(Site site) {
    FileTensor bias = base.get(site.module() + ".bias");
    return bias != null
        ? bias.elements() == site.source().shape()[1]
        : CONV1D.contains(last(site.module())) || fanInFanOut || isDeclared(site.module());
  }

  private boolean isSquareTurned(String module) {
    boolean named = CONV1D.contains(last(module));
    if (declared.isPresent()) {
      return isDeclared(module);
    }
    if (model.isPresent() && (MODELS.contains(model.get()) || !anyTurned)) {
      return named && MODELS.contains(model.get());
    }
    if (named && turnedOfConv1d.size() < 2) {
      boolean decided = turnedOfConv1d.stream().findAny().orElse(fanInFanOut);
      notes.add(
          module
              + (decided
                  ? " is square and taken as (in,out), as GPT-2 keeps layers of such names"
                  : " is square and taken as (out,in), as the base's others of such names are"));
      return decided;
    }
    if (fanInFanOut || anyTurned || turnedOf(name -> true).contains(true)) {
      throw new InvalidInputException(
          "%s: other layers are (in,out) or fan_in_fan_out is true, and its weight is square, so it"
                  .formatted(module)
              + " may stand either way; say with --fan-in-fan-out NAME,... which square layers are"
              + " (in,out), or 'none'");
    }
    return false;
  }

  private boolean isDeclared(String module) {
    return declared.isPresent() && declared.get().stream().anyMatch(name -> isNamed(module, name));
  }

  private static boolean isNamed(String module, String name) {
    return module.equals(name) || module.endsWith("." + name);
  }

  private static void requireLayer(String name, List<Site> linear) {
    Set<String> modules = new TreeSet<>();
    linear.forEach(site -> modules.add(site.module()));
    if (modules.stream().noneMatch(module -> isNamed(module, name))) {
      throw new InvalidInputException(
          "--fan-in-fan-out: '%s' is no Linear layer that the adapter and the base have, such as %s"
              .formatted(name, modules.stream().limit(3).collect(Collectors.joining(", "))));
    }
  }

  /**
   * Whether weights of such modules are (in,out), as the biases beside them say: a bias has as many
   * elements as the layer has outputs.
   */
  private Set<Boolean> turnedOf(Predicate<String> modules) {
    return base.keySet().stream()
        .filter(name -> name.endsWith(WEIGHT))
        .map(name -> name.substring(0, name.length() - WEIGHT.length()))
        .filter(modules)
        .map(module -> turned(base.get(module + WEIGHT), base.get(module + ".bias")))
        .flatMap(Optional::stream)
        .collect(Collectors.toSet());
  }

  private static Optional<Boolean> turned(FileTensor weight, FileTensor biasOrNull) {
    long[] shape = weight.shape();
    if (biasOrNull == null || shape.length != 2 || shape[0] == shape[1]) {
      return Optional.empty();
    }
    long outputs = biasOrNull.elements();
    return Arrays.stream(shape).anyMatch(length -> length == outputs)
        ? Optional.of(shape[1] == outputs)
        : Optional.empty();
  }

  private static String last(String module) {
    return module.substring(module.lastIndexOf('.') + 1);
  }
}
