package dev.collapsar.learn.network.script;

import static org.bytedeco.pytorch.global.torch.zeros;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.LinearMap;
import dev.collapsar.learn.weight.Reparametrization.ThinMaps;
import dev.collapsar.learn.weight.Weight;
import dev.collapsar.learn.weight.WeightSite;
import dev.collapsar.learn.weight.Weights;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The tensors in a module's slots as the seam sees them, and the modes of its parts. */
final class Slots implements AutoCloseable {
  /** PyTorch's own attention keeps three projections in one weight. */
  private static final String PACKED = "in_proj_weight";

  private static final String STATISTICS = "running_mean";
  private static final LinearMap WHOLE_WEIGHTS_ONLY =
      (input, weight) -> {
        throw new UnsupportedOperationException("a slot takes whole weights");
      };

  private final Anatomy anatomy;
  private final ScriptModule module;
  private final Map<String, Weight> tensors = new LinkedHashMap<>();
  private final Map<String, Boolean> modes = new HashMap<>(); // of parts, as they were set last
  private final Set<String> alwaysMoving;
  private final Set<String> read;
  private final Set<String> withoutGradient;
  private final Set<String> readOnce;
  private Weights weights;
  private boolean training;
  private boolean drifting;

  Slots(Anatomy anatomy, ScriptModule module) {
    this.anatomy = anatomy;
    this.module = module;
    this.alwaysMoving = anatomy.modes().alwaysMoving();
    this.read = anatomy.read();
    this.withoutGradient = anatomy.withoutGradient();
    this.readOnce = anatomy.readOnce();
    module
        .parameters()
        .forEach(
            (name, tensor) ->
                tensors.put(
                    name, slot(tensor.is_floating_point() ? tensor.requires_grad_(true) : tensor)));
    module.buffers().forEach((name, tensor) -> tensors.put(name, slot(tensor)));
    index();
  }

  private static Weight slot(Tensor tensor) {
    return Weight.inSlot(TensorScope.keep(tensor));
  }

  private void index() {
    Map<String, Anatomy.Place> places = anatomy.places();
    Map<String, Weights.Module> modules = new LinkedHashMap<>();
    for (String path : module.paths()) {
      Map<String, Weight> parameters = of(path, module.parameters());
      Map<String, Weight> buffers = of(path, module.buffers());
      if (!path.isEmpty() || !parameters.isEmpty() || !buffers.isEmpty()) {
        modules.put(
            path,
            new Weights.Module(
                parameters, buffers, () -> movesBuffers(path), site(path, parameters, places)));
      }
    }
    weights = Weights.ofAnyWidth(modules);
  }

  private Map<String, Weight> of(String path, Map<String, Tensor> named) {
    Map<String, Weight> own = new LinkedHashMap<>();
    for (String name : named.keySet()) {
      if (SlotNames.module(name).equals(path)) {
        own.put(SlotNames.last(name), tensors.get(name));
      }
    }
    return own;
  }

  private Optional<WeightSite> site(
      String path, Map<String, Weight> own, Map<String, Anatomy.Place> places) {
    String name = own.containsKey(PACKED) ? PACKED : "weight";
    String bias = own.containsKey(PACKED) ? "in_proj_bias" : "bias";
    Anatomy.Place place = places.get(SlotNames.join(path, name));
    if (place == null
        || !own.containsKey(name)
        || own.get(name).original().dim() != place.kind().dimensions()) {
      return Optional.empty();
    }
    return Optional.of(
        new WeightSite(
            adapterName(path),
            place.kind(),
            place.groups(),
            own.get(name),
            Optional.ofNullable(own.get(bias)),
            WHOLE_WEIGHTS_ONLY,
            this::isTraining));
  }

  /** PEFT adapts the output projection of packed attention along with the attention. */
  private String adapterName(String path) {
    String around = SlotNames.module(path);
    return tensors.containsKey(SlotNames.join(around, PACKED))
        ? around + WeightSite.WITHIN_WRAPPED + SlotNames.last(path)
        : path;
  }

  Weights weights() {
    return weights;
  }

  /** Any tensor: all are on one device. */
  Optional<Tensor> anchor() {
    return tensors.values().stream().findFirst().map(Weight::original);
  }

  /**
   * Puts a new parameter, of another size perhaps, in an old one's place, which is freed.
   *
   * @throws IllegalStateException if a reparametrization sits on the old one
   */
  void replace(String name, Tensor values) {
    Weight old = tensors.get(name);
    if (!old.reparametrizations().isEmpty()) {
      throw new IllegalStateException(
          "%s carries %s; remove them first".formatted(name, old.reparametrizations().keySet()));
    }
    Tensor next = values.to(old.original().device(), values.scalar_type()).requires_grad_(true);
    module.put(name, next);
    tensors.put(name, slot(next));
    old.close();
    index();
  }

  /** Weights of which everything that counts is a pair of thin maps, with that pair. */
  Map<String, ThinMaps> thin() {
    Map<String, ThinMaps> thin = new LinkedHashMap<>();
    tensors.forEach(
        (name, weight) -> {
          if (weight.active().size() == 1 && readOnce.contains(name)) {
            weight.active().get(0).thinMaps().ifPresent(maps -> thin.put(name, maps));
          }
        });
    return thin;
  }

  /**
   * What the action computes with the effective tensors in the slots.
   *
   * @param except slots whose tensor stays
   */
  <T> T withEffective(Supplier<T> action, Set<String> except) {
    applyModes();
    Map<String, Weight> changed = new LinkedHashMap<>();
    try {
      tensors.forEach(
          (name, weight) -> {
            if (!weight.active().isEmpty() && !except.contains(name)) {
              changed.put(name, weight);
              module.put(name, weight.effective().to(weight.original().scalar_type()));
            }
          });
      return action.get();
    } finally {
      changed.forEach((name, weight) -> module.put(name, weight.original()));
    }
  }

  /** What the action computes while every slot holds a tensor without elements. */
  <T> T withoutValues(Supplier<T> action) {
    try {
      tensors.forEach((name, weight) -> module.put(name, hollow(weight.original())));
      return action.get();
    } finally {
      tensors.forEach((name, weight) -> module.put(name, weight.original()));
    }
  }

  private static Tensor hollow(Tensor tensor) {
    return tensor.dim() == 0
        ? tensor
        : zeros(new long[Math.toIntExact(tensor.dim())], tensor.options());
  }

  /**
   * Refuses to record gradients that would not arrive.
   *
   * @throws InvalidInputException with what helps
   */
  void requireTrainable(String origin) {
    tensors.forEach(
        (name, weight) -> {
          boolean single = weight.original().scalar_type().value == ScalarType.Float.value;
          if (weight.isTrainable() && !single) {
            throw new InvalidInputException(
                "%s: %s is %s; training needs single precision: save model.float()"
                    .formatted(origin, name, TensorBridge.elementType(weight.original())));
          }
          if (weight.isTrainable() && withoutGradient.contains(name)) {
            throw new InvalidInputException(
                ("%s: no gradient reaches %s through fused attention or quantised layers:"
                            + " trace the float")
                        .formatted(origin, name)
                    + " model in training mode with dropout 0, or train what comes behind");
          }
        });
  }

  /** Whether nothing that these slots hold may change in training. */
  boolean areFixed(Set<String> names) {
    boolean any = false;
    for (String name : names) {
      Weight weight = tensors.get(name);
      if (weight != null) {
        any = true;
        if (!weight.isFixed() || movesBuffers(SlotNames.module(name))) {
          return false;
        }
      }
    }
    return any;
  }

  /** Whether a pass in training mode now moves a part's statistics. */
  private boolean movesBuffers(String path) {
    return alwaysMoving.contains(path) || switches(path) && isNorm(path) && moves(path);
  }

  /** Whether a part's code asks for its mode: only scripted code does. */
  private boolean switches(String path) {
    return read.contains(SlotNames.join(path, "training"));
  }

  private boolean isNorm(String path) {
    return tensors.containsKey(SlotNames.join(path, STATISTICS));
  }

  private boolean moves(String path) {
    return drifting || isTrainable(path);
  }

  /** Whether weight and bias of a normalisation, if it has any, are trained. */
  private boolean isTrainable(String path) {
    return weights.modules().get(path).parameters().values().stream().allMatch(Weight::isTrainable);
  }

  void setTraining(boolean on) {
    training = on;
  }

  boolean isTraining() {
    return training;
  }

  void setDrifting(boolean on) {
    drifting = on;
  }

  boolean isDrifting() {
    return drifting
        && module.paths().stream()
            .anyMatch(path -> switches(path) && isNorm(path) && !isTrainable(path));
  }

  /** Normalisations whose parameters are frozen stay in evaluation mode. */
  private void applyModes() {
    for (String path : module.paths()) {
      if (switches(path) && module.hasMode(path)) {
        boolean on = training && (!isNorm(path) || moves(path));
        if (!Boolean.valueOf(on).equals(modes.put(path, on))) {
          module.setMode(path, on);
        }
      }
    }
  }

  @Override
  public void close() {
    tensors.values().forEach(Weight::close);
  }
}
