package dev.collapsar.learn.weight;

import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.checkpoint.StateDictMatch;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;

/**
 * A network's tensors by PyTorch's dotted names, in the network's order, with the
 * reparametrizations on them: which count, which are trained, how they come from files and go
 * there.
 */
public final class Weights {
  private final Map<String, Module> modules;
  private final ActiveReparametrizations active;
  private final boolean anyWidth;

  /**
   * What one module has of its own, by the tensors' last names.
   *
   * @param movesBuffers whether a pass in training mode now changes the buffers
   * @param site its weight, if it is linear in one
   */
  public record Module(
      Map<String, Weight> parameters,
      Map<String, Weight> buffers,
      BooleanSupplier movesBuffers,
      Optional<WeightSite> site) {

    /** Parameters and buffers. */
    public Map<String, Weight> all() {
      Map<String, Weight> all = new LinkedHashMap<>(parameters);
      all.putAll(buffers);
      return all;
    }
  }

  /**
   * @param modules by dotted name, in the network's order
   */
  public Weights(Map<String, Module> modules) {
    this(modules, false);
  }

  private Weights(Map<String, Module> modules, boolean anyWidth) {
    this.modules = Collections.unmodifiableMap(new LinkedHashMap<>(modules));
    this.active = new ActiveReparametrizations(all().values());
    this.anyWidth = anyWidth;
  }

  /**
   * Those of a network whose code holds no sizes: {@link #load} takes tensors of other lengths.
   *
   * @param modules by dotted name, in the network's order; the outermost one's is empty
   */
  public static Weights ofAnyWidth(Map<String, Module> modules) {
    return new Weights(modules, true);
  }

  /**
   * Whether the tensors are in slots of code that others wrote, which holds no sizes and is not
   * known to carry whatever sits on them.
   */
  public boolean isInSlots() {
    return anyWidth;
  }

  /** Every module by dotted name, those without tensors too. */
  public Map<String, Module> modules() {
    return modules;
  }

  /** Where adapters can attach, by the modules' dotted names. */
  public Map<String, WeightSite> sites() {
    Map<String, WeightSite> sites = new LinkedHashMap<>();
    modules.forEach((name, module) -> module.site().ifPresent(site -> sites.put(name, site)));
    return sites;
  }

  /** Every parameter and buffer, with what sits on it. */
  public Map<String, Weight> all() {
    return ofEachModule(Module::all);
  }

  /** The network's own parameters, without those of reparametrizations. */
  public Map<String, Tensor> parameters() {
    return originals(ofEachModule(Module::parameters));
  }

  /** Parameters and buffers: PyTorch's state dict. */
  public Map<String, Tensor> state() {
    return originals(all());
  }

  private static Map<String, Tensor> originals(Map<String, Weight> weights) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    weights.forEach((name, weight) -> tensors.put(name, weight.original()));
    return tensors;
  }

  private <T> Map<String, T> ofEachModule(Function<Module, Map<String, T>> part) {
    Map<String, T> all = new LinkedHashMap<>();
    modules.forEach(
        (path, module) -> part.apply(module).forEach((n, value) -> all.put(join(path, n), value)));
    return all;
  }

  /** The outermost module's name is empty. */
  private static String join(String module, String tensor) {
    return module.isEmpty() ? tensor : module + "." + tensor;
  }

  /**
   * The parameters of all reparametrizations by {@code module.tensor.reparametrization}, such as
   * {@code classifier.1.lora_A.default}.
   */
  public Map<String, Tensor> reparametrizationParameters() {
    return ofEachModule(
        module -> {
          Map<String, Tensor> all = new LinkedHashMap<>();
          for (Weight weight : module.all().values()) {
            weight
                .reparametrizations()
                .forEach((on, r) -> r.parameters().forEach((n, t) -> all.put(n + "." + on, t)));
          }
          return all;
        });
  }

  /** All parameters, the network's own and its reparametrizations'. */
  private Map<String, Tensor> allParameters() {
    Map<String, Tensor> all = parameters();
    all.putAll(reparametrizationParameters());
    return all;
  }

  /**
   * Every parameter that an optimizer may change now, the network's own and its
   * reparametrizations'.
   */
  public Map<String, Tensor> trainable() {
    Map<String, Tensor> all = allParameters();
    all.values().removeIf(tensor -> !tensor.requires_grad());
    return all;
  }

  /** Reads the values of each {@link #trainable} parameter in turn, row-major. */
  public void readTrainable(BiConsumer<String, float[]> reader) {
    trainable().forEach((path, tensor) -> reader.accept(path, TensorBridge.toFloats(tensor)));
  }

  /** The shapes of {@link #parameters}. */
  public Map<String, List<Long>> parameterShapes() {
    return shapes(parameters());
  }

  /** The shapes of {@link #reparametrizationParameters}. */
  public Map<String, List<Long>> reparametrizationShapes() {
    return shapes(reparametrizationParameters());
  }

  private static Map<String, List<Long>> shapes(Map<String, Tensor> tensors) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    tensors.forEach(
        (path, tensor) -> shapes.put(path, Arrays.stream(tensor.shape()).boxed().toList()));
    return shapes;
  }

  /** The number of parameters, the network's own and its reparametrizations'. */
  public long parameterCount() {
    return count(allParameters());
  }

  /** The number of parameters that an optimizer may change now. */
  public long trainableCount() {
    return count(trainable());
  }

  private static long count(Map<String, Tensor> tensors) {
    return tensors.values().stream().mapToLong(Tensor::numel).sum();
  }

  /** The sum of the squares of all parameters, the network's own and its reparametrizations'. */
  public double squaredNorm() {
    return allParameters().values().stream()
        .mapToDouble(
            tensor ->
                TensorScope.withinWithoutGradients(
                    () -> {
                      double norm = tensor.norm().item_double();
                      return norm * norm;
                    }))
        .sum();
  }

  /** The names of the reparametrizations on any tensor, in the order they were attached. */
  public Set<String> reparametrizations() {
    return active.attached();
  }

  /** The names of those that count on any tensor. */
  public Set<String> active() {
    return active.active();
  }

  /**
   * Makes exactly the reparametrizations of these names count, on every tensor that carries them
   * and in this order: none of them is the network as it was, several add up.
   *
   * @throws dev.collapsar.InvalidInputException as {@link Weight#activate} says; then nothing
   *     changes
   */
  public void activate(Collection<String> names) {
    active.activate(names);
  }

  /**
   * What the action computes while exactly these reparametrizations count; afterwards, also when it
   * throws, those count again that did before.
   */
  public <T> T withActive(Collection<String> names, Supplier<T> action) {
    return active.with(names, action);
  }

  /** Tells every reparametrization that an epoch of training begins, counted from 1. */
  public void beginEpoch(int number) {
    all()
        .values()
        .forEach(weight -> weight.reparametrizations().values().forEach(r -> r.beginEpoch(number)));
  }

  /** Lets every parameter of the network's own be trained, or none. */
  public void setTrainable(boolean on) {
    parameters().values().forEach(tensor -> tensor.requires_grad_(on));
  }

  /**
   * Freezes every parameter but those of the module of this dotted name.
   *
   * @throws IllegalArgumentException if there is no such module
   */
  public void setTrainableOnly(String module) {
    if (!modules.containsKey(module)) {
      throw new IllegalArgumentException(
          "no module %s; there are %s".formatted(module, modules.keySet()));
    }
    setTrainable(false);
    originals(modules.get(module).parameters())
        .values()
        .forEach(tensor -> tensor.requires_grad_(true));
  }

  /**
   * What training must not change now: parameters that require no gradient, those of
   * reparametrizations included, and buffers, except those that a trained module moves.
   */
  public Map<String, Tensor> frozen() {
    Map<String, Tensor> all = state();
    all.putAll(reparametrizationParameters());
    all.values().removeIf(Tensor::requires_grad);
    modules.forEach(
        (name, module) -> {
          if (module.movesBuffers().getAsBoolean()) {
            module
                .buffers()
                .forEach(
                    (n, weight) -> {
                      if (weight.effective() == weight.original()) {
                        all.remove(join(name, n));
                      }
                    });
          }
        });
    return all;
  }

  /**
   * Everything that training may change now: of the network's own parameters and buffers what
   * {@link #frozen} leaves out, and all that reparametrizations own.
   */
  public Map<String, Tensor> moving() {
    Map<String, Tensor> all = state();
    all.keySet().removeAll(frozen().keySet());
    all()
        .forEach(
            (tensor, weight) ->
                weight
                    .reparametrizations()
                    .forEach(
                        (name, reparametrization) -> {
                          int number = 0;
                          for (Tensor owned : reparametrization.tensors()) {
                            all.put(tensor + "." + name + "." + number++, owned);
                          }
                        }));
    return all;
  }

  /** How parameters and buffers agree with tensors of such names and shapes. */
  public StateDictMatch match(Map<String, long[]> shapes) {
    Map<String, long[]> needed = new LinkedHashMap<>();
    state()
        .forEach(
            (name, tensor) -> {
              long[] there = shapes.get(name);
              boolean taken = anyWidth && there != null && there.length == tensor.dim();
              needed.put(name, taken ? there : tensor.shape());
            });
    return StateDictMatch.of(needed, shapes);
  }

  /**
   * Fills parameters and buffers with those of a state dict, such as a checkpoint's, rounded to
   * their element types; with zero what may be missing there.
   *
   * @param source the file as the user spelled it, for the message
   * @throws dev.collapsar.InvalidInputException if a name or shape does not agree; it lists which,
   *     and nothing is changed
   */
  public void load(Map<String, StoredTensor> stored, String source) {
    Map<String, long[]> found = new LinkedHashMap<>();
    stored.forEach((name, tensor) -> found.put(name, tensor.shape()));
    match(found).requireExact(source);
    TensorScope.runWithoutGradients(
        () ->
            state()
                .forEach(
                    (name, tensor) -> {
                      if (stored.containsKey(name)) {
                        put(tensor, TensorBridge.tensor(stored.get(name)));
                      } else { // it may lack counts of batches
                        tensor.zero_();
                      }
                    }));
  }

  /** The tensor stays the same object, also where its lengths change. */
  private static void put(Tensor tensor, Tensor values) {
    if (Arrays.equals(tensor.shape(), values.shape())) {
      tensor.copy_(values);
    } else {
      tensor.set_data(values.to(tensor.device(), tensor.scalar_type()));
    }
  }

  /** Fills parameters and buffers with the values of another network of the same. */
  public void copyFrom(Weights other) {
    Map<String, Tensor> values = other.state();
    TensorScope.runWithoutGradients(
        () -> state().forEach((name, tensor) -> tensor.copy_(values.get(name))));
  }

  /** A copy of {@link #state} as a file holds it. */
  public Map<String, StoredTensor> stored() {
    Map<String, StoredTensor> stored = new LinkedHashMap<>();
    state()
        .forEach(
            (name, tensor) ->
                stored.put(name, TensorBridge.stored(tensor, TensorBridge.elementType(tensor))));
    return stored;
  }

  /** Moves every tensor, those of reparametrizations included, which stay the same objects. */
  public void to(Device device) {
    TensorScope.run(
        () -> {
          state().values().forEach(tensor -> move(tensor, device));
          all().values().stream()
              .flatMap(weight -> weight.reparametrizations().values().stream())
              .forEach(r -> r.tensors().forEach(tensor -> move(tensor, device)));
        });
  }

  private static void move(Tensor tensor, Device device) {
    tensor.set_data(tensor.to(device, tensor.scalar_type()));
  }
}
