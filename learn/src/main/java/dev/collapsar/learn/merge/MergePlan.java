package dev.collapsar.learn.merge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.layout.AdapterTensors;
import dev.collapsar.learn.adapter.layout.Target;
import dev.collapsar.learn.adapter.layout.Target.Choice;
import dev.collapsar.learn.adapter.part.ExpertsPart;
import dev.collapsar.learn.adapter.part.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The fate of every tensor of a base, and of its configuration; settled from heads alone. */
final class MergePlan {
  private static final Set<String> HEADS = Set.of("score.weight", "classifier.weight");

  private final BaseNetwork base;
  private final AdapterTensors adapter;
  private final TiedHead tied;
  private final Map<String, MergedTensor> results = new LinkedHashMap<>();
  private final Map<String, FileTensor> equalCopies = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();
  private final MergedConfig config;

  /** By the name of a tensor of the result, the adapter's for it. */
  private final Map<String, String> owners = new TreeMap<>();

  /** By the adapter's name of a module, the weight that it changes. */
  private final Map<String, String> weights = new TreeMap<>();

  private TargetNames names;
  private Orientation orientation;

  /**
   * @param fanInFanOut the square layers that are (in,out), if the user says which
   */
  MergePlan(BaseNetwork base, AdapterTensors given, Optional<List<String>> fanInFanOut) {
    this.base = base;
    this.adapter = UnfusedExperts.mapped(given, base.tensors());
    this.tied = new TiedHead(base.config(), base.tensors());
    this.config = new MergedConfig(base.config());
    adapter
        .obstacle()
        .ifPresent(
            reason -> {
              throw new InvalidInputException(reason);
            });
    base.tensors().forEach((name, tensor) -> results.put(name, MergedTensor.copy(name, tensor)));
    names = TargetNames.of(adapter, base.tensors().keySet(), this::exists);
    notes.addAll(base.notes());
    notes.addAll(adapter.notes());
    notes.addAll(names.notes());
    takeCopies();
    takeSaved();
    orientation = Orientation.of(base, adapter.fanInFanOut(), fanInFanOut, sites());
    names.modules().forEach(this::place);
    notes.addAll(orientation.notes());
    notes.addAll(PeftForward.differences(results));
    new Untying(base, tied, results, notes, config).untie();
    correctSizes();
  }

  /** Every tensor of the result by name, the base's in its order, then new ones. */
  Map<String, MergedTensor> results() {
    return Collections.unmodifiableMap(results);
  }

  /** The name in the base of the weight that the adapter's module changes. */
  Optional<String> weightOf(String module) {
    return Optional.ofNullable(weights.get(module));
  }

  /** Tensors of the base that the adapter repeats: they must be the same. */
  Map<String, FileTensor> equalCopies() {
    return Collections.unmodifiableMap(equalCopies);
  }

  /** What the base has under a name, or what stands for it. */
  FileTensor baseOf(String name) {
    return current(name).source();
  }

  List<String> notes() {
    return List.copyOf(notes);
  }

  /** config.json as it must be, if there is one. */
  Optional<ObjectNode> config() {
    return config.node();
  }

  /** The shapes of all weights that parts update, as the parts see them. */
  List<long[]> adaptedShapes() {
    return results.values().stream()
        .filter(result -> !result.parts().isEmpty())
        .map(MergedTensor::shape)
        .toList();
  }

  private boolean exists(String name) {
    return base.tensors().containsKey(name) || tied.sourceOf(name).isPresent();
  }

  /** What the name's tensor is made from, if it is there yet. */
  private MergedTensor current(String name) {
    MergedTensor found = results.get(name);
    return found == null ? MergedTensor.copy(name, tied.sourceOf(name).orElseThrow()) : found;
  }

  private void takeCopies() {
    adapter
        .baseCopies()
        .forEach(
            (saved, tensor) -> {
              String name = names.saved(saved);
              if (!exists(name)) {
                throw new InvalidInputException(
                    "the adapter holds a copy of %s, which is no tensor of the base"
                        .formatted(name));
              }
              MergedTensor now = current(name);
              if (Arrays.equals(now.source().shape(), tensor.shape())) {
                equalCopies.put(name, tensor);
              } else {
                results.put(name, now.from(tensor));
                notes.add("%s: resized, %s".formatted(name, now.becoming(tensor)));
              }
            });
  }

  private void takeSaved() {
    adapter
        .saved()
        .forEach(
            (saved, tensor) -> {
              String name = names.saved(saved);
              requireOnce(name, saved);
              MergedTensor now = results.get(name);
              if (now == null) {
                if (base.config().isPresent()) { // a network reads it, and only what it knows
                  NewTensors.requirePlace(name, base.tensors().keySet());
                }
                results.put(name, MergedTensor.copy(name, tensor));
                notes.add("%s: new, %s".formatted(name, tensor.kind()));
              } else {
                results.put(name, now.from(tensor));
                boolean same = Arrays.equals(now.source().shape(), tensor.shape());
                notes.add(
                    "%s: replaced%s".formatted(name, same ? "" : ", " + now.becoming(tensor)));
              }
            });
  }

  private void place(Target target, String module) {
    List<Choice> present = fused(present(target, module), module);
    Map<String, Boolean> fitting = new LinkedHashMap<>();
    Part part = null;
    int ways = 0;
    for (Choice choice : present) {
      String name = module + "." + choice.parameter();
      Optional<Boolean> turned = orientation.turned(site(name, choice));
      if (turned.isPresent()) {
        fitting.put(name, turned.get());
        part = choice.part();
        ways++;
      }
    }
    if (ways == 0) {
      Choice first = present.get(0);
      FileTensor tensor = current(module + "." + first.parameter()).source();
      throw new InvalidInputException(
          "%s.%s: the adapter is for a weight of shape %s, the base has %s"
              .formatted(module, first.parameter(), first.part().wanted(), tensor.kind()));
    }
    if (ways > 1) {
      throw new InvalidInputException(
          ("%s: the update fits %s in several ways, and nothing tells which is right"
                  + " (target_parameters)")
              .formatted(module, String.join(" and ", fitting.keySet())));
    }
    Map.Entry<String, Boolean> only = fitting.entrySet().iterator().next();
    requireOnce(only.getKey(), target.module());
    if (!only.getKey().endsWith(".bias")) {
      weights.put(target.module(), only.getKey());
    }
    add(only.getKey(), part, only.getValue());
  }

  /** What the adapter may change of the base, wherever it stands. */
  private List<Orientation.Site> sites() {
    List<Orientation.Site> sites = new ArrayList<>();
    names
        .modules()
        .forEach(
            (target, module) -> {
              for (Choice choice : present(target, module)) {
                sites.add(site(module + "." + choice.parameter(), choice));
              }
            });
    return sites;
  }

  /**
   * Of experts whose matrices are square, and so could stand either way, as config.json's kind of
   * model keeps them.
   */
  private List<Choice> fused(List<Choice> present, String module) {
    Optional<Boolean> turned = orientation.isExpertsTurned();
    return turned.isEmpty()
        ? present
        : present.stream()
            .filter(
                choice ->
                    !(choice.part() instanceof ExpertsPart experts)
                        || experts.turned() == turned.get()
                        || !isSquare(module + "." + choice.parameter()))
            .toList();
  }

  private boolean isSquare(String name) {
    long[] shape = current(name).source().shape();
    return shape.length == 3 && shape[1] == shape[2];
  }

  private List<Choice> present(Target target, String module) {
    return target.choices().stream().filter(c -> exists(module + "." + c.parameter())).toList();
  }

  private Orientation.Site site(String name, Choice choice) {
    return new Orientation.Site(name, current(name).source(), choice.part());
  }

  /** Names of the adapter's that differ may become one of the base's. */
  private void requireOnce(String name, String own) {
    String other = owners.put(name, own);
    if (other != null && !other.equals(own)) {
      throw new InvalidInputException(
          "the adapter has two tensors for the base's %s: of %s and of %s"
              .formatted(name, other, own));
    }
  }

  private void add(String name, Part part, boolean turned) {
    MergedTensor now = current(name);
    if (!now.source().isFloating() || now.type() == null || !now.type().isFloating()) {
      throw new InvalidInputException(
          "%s is %s in the base, must be of real numbers".formatted(name, now.source().kind()));
    }
    if (part.rowDimensions() > 1 && !now.parts().isEmpty()) {
      throw new InvalidInputException(
          name + ": two updates fit it, and nothing tells which is its own (target_parameters)");
    }
    results.put(name, now.with(part, turned));
  }

  private void correctSizes() {
    tied.requireAlike(name -> Optional.ofNullable(results.get(name)).map(MergedTensor::source));
    tied.embedding()
        .map(results::get)
        .flatMap(
            embedding ->
                config.vocabulary(
                    base.tensors().get(embedding.name()).shape()[0], embedding.source().shape()[0]))
        .ifPresent(notes::add);
    adapter.saved().keySet().stream()
        .map(names::saved)
        .filter(name -> HEADS.stream().anyMatch(h -> name.equals(h) || name.endsWith("." + h)))
        .findFirst()
        .flatMap(name -> config.labels(results.get(name).source().shape()[0]))
        .ifPresent(notes::add);
  }
}
