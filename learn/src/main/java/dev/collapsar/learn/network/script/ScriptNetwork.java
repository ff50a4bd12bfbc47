package dev.collapsar.learn.network.script;

import static org.bytedeco.pytorch.global.torch.createCPUGenerator;
import static org.bytedeco.pytorch.global.torch.empty;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.HiddenStates;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.WeightSite;
import dev.collapsar.learn.weight.Weights;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * A network that PyTorch wrote as TorchScript. Before each pass the effective tensors are put into
 * the slots of those that carry reparametrizations, and the originals afterwards; updates that are
 * two thin maps stand in the graph beside the layer's own operation instead, so that no weight's
 * gradient of full size is formed.
 *
 * <p>What a file was traced with stays: dropout and batch normalisation keep the mode of the trace.
 * Scripted ones switch; their batch normalisations keep to the running statistics as long as their
 * parameters are frozen, as our own layers do.
 */
public final class ScriptNetwork implements Network {
  /** The architecture's name in cards. */
  public static final String ARCHITECTURE = "torchscript";

  /** What draws come from where nobody gave a seed: as good as any, and the same each time. */
  private static final Seed NOBODYS = new Seed(0);

  private final ScriptFile file;
  private final ScriptModule module;
  private final ScriptPart part;
  private final Slots slots;
  private final CodeDraws draws;
  private final ScriptPasses passes;
  private final Map<ScriptPart, ScriptNetwork> parts = new LinkedHashMap<>();

  private NetworkCard card;

  private ScriptNetwork(
      ScriptFile file, ScriptModule module, ScriptPart part, Slots slots, CodeDraws draws) {
    this.file = file;
    this.module = module;
    this.part = part;
    this.slots = slots;
    this.draws = draws;
    this.passes = new ScriptPasses(file, module, part, slots, draws);
    this.card = file.card(slots.weights().state());
  }

  /**
   * Opens a TorchScript file, in evaluation mode; all parameters require gradients.
   *
   * @throws InvalidInputException in one line, if the file is none, may not be run or cannot be
   */
  public static ScriptNetwork open(Path path, ScriptOptions options) {
    ScriptArchive.requireHarmless(path);
    ScriptModule module = NativeErrors.explained(path.toString(), () -> ScriptModule.read(path));
    try {
      ScriptFile file =
          NativeErrors.explained(path.toString(), () -> ScriptFile.of(path, options, module));
      ScriptNetwork network =
          new ScriptNetwork(
              file,
              module,
              ScriptPart.ALL,
              new Slots(file.anatomy(), module),
              new CodeDraws(file.anatomy().modes().draw(), NOBODYS));
      network.setTraining(false);
      return network;
    } catch (RuntimeException e) {
      module.close();
      throw e;
    }
  }

  @Override
  public ScriptNetwork copy() {
    ScriptModule copied = module.copy();
    ScriptNetwork copy =
        new ScriptNetwork(
            file, copied, ScriptPart.ALL, new Slots(file.anatomy(), copied), draws.copy());
    copy.setTraining(isTraining());
    copy.card = card;
    return copy;
  }

  @Override
  public NetworkCard card() {
    return card;
  }

  @Override
  public void describe(NetworkCard other) {
    boolean same =
        other.architecture().equals(card.architecture())
            && other.head().equals(card.head())
            && (other.classes().size() == card.classes().size()
                || other.classes().size() == head().classes());
    if (!same) {
      throw new IllegalArgumentException("%s is not described by %s".formatted(card, other));
    }
    card = other;
  }

  @Override
  public String name() {
    return file.name();
  }

  /** Whether the file carries a card. */
  public boolean hasCard() {
    return file.written().isPresent();
  }

  /** What its code does otherwise than a network of ours would, a sentence each. */
  public List<String> limits() {
    return Stream.concat(
            file.anatomy().modes().fixed().stream(),
            new TiedParameters(module, file.anatomy().read()).sentences().stream())
        .toList();
  }

  @Override
  public Map<String, String> unreadNames() {
    return new TiedParameters(module, file.anatomy().read()).unread();
  }

  /** What its code does of itself also where it is only evaluated, a sentence each. */
  public List<String> cautions() {
    return file.anatomy().modes().unsteady();
  }

  @Override
  public String structure() {
    return file.structure();
  }

  @Override
  public List<String> inputNames() {
    return file.inputs().names();
  }

  @Override
  public List<String> neededInputs() {
    return file.inputs().needed();
  }

  @Override
  public boolean hasHead() {
    return !part.isBeginning() && file.hasHead();
  }

  @Override
  public Head head() {
    String name = file.head();
    WeightSite site = part.isBeginning() ? null : weights().sites().get(name);
    if (site == null || site.kind() != WeightSite.Kind.LINEAR) {
      throw new IllegalArgumentException("%s is not Linear".formatted(name));
    }
    return new Head(site);
  }

  @Override
  public void renewHead(int classes, Seed seed) {
    Head old = head();
    long width = old.width();
    TensorScope.runWithoutGradients(
        () -> {
          Generator chance = createCPUGenerator(seed.stream("init/" + old.name()));
          double bound = 1 / Math.sqrt(width);
          Tensor weight =
              empty(classes, width).uniform_(-bound, bound, new GeneratorOptional(chance));
          slots.replace(SlotNames.join(old.name(), "weight"), weight);
          if (old.bias().isPresent()) {
            Tensor bias = empty(classes).uniform_(-bound, bound, new GeneratorOptional(chance));
            slots.replace(SlotNames.join(old.name(), "bias"), bias);
          }
        });
    card = card.withNewHead(classes);
  }

  @Override
  public Weights weights() {
    return slots.weights();
  }

  @Override
  public List<String> modules() {
    return file.anatomy().modules();
  }

  /**
   * @throws InvalidInputException if it takes several tensors
   */
  @Override
  public boolean takes(List<Long> sample) {
    file.inputs().requireOne(file.name());
    return file.takes(sample, card) && computes(sample);
  }

  /** Whether one sample of zeros gives logits. */
  private boolean computes(List<Long> sample) {
    boolean before = isTraining();
    try {
      setTraining(false);
      return TensorScope.withinWithoutGradients(
          () -> {
            long[] shape = new long[sample.size() + 1];
            shape[0] = 2;
            for (int i = 0; i < sample.size(); i++) {
              shape[i + 1] = sample.get(i);
            }
            return forward(blank(shape)).dim() == 2;
          });
    } catch (InvalidInputException e) {
      return false;
    } finally {
      setTraining(before);
    }
  }

  @Override
  public Optional<List<Long>> sampleShape() {
    return Network.super.sampleShape().or(file::tracedSample);
  }

  @Override
  public Tensor blank(long... shape) {
    return file.blank(shape);
  }

  @Override
  public Tensor forward(Input input) {
    return passes.of(input);
  }

  @Override
  public Tensor forward(
      Input input, Iterable<TapPoint> taps, BiConsumer<TapPoint, Tensor> listener) {
    return passes.of(input, taps, listener);
  }

  @Override
  public String firstMoving() {
    String first = "";
    int longest = 0;
    for (Map.Entry<String, Anatomy.Prefix> entry : file.anatomy().entries().entrySet()) {
      Anatomy.Prefix prefix = entry.getValue();
      if (prefix.length() > longest
          && slots.areFixed(prefix.slots())
          && !prefix.isRandom()) { // in training, whatever the mode is now
        first = entry.getKey();
        longest = prefix.length();
      }
    }
    return first;
  }

  @Override
  public ScriptNetwork from(String name) {
    return name.isEmpty() ? this : part(name, false);
  }

  @Override
  public ScriptNetwork until(String name) {
    return part(name, true);
  }

  private ScriptNetwork part(String name, boolean beginning) {
    if (!file.anatomy().entries().containsKey(name)) {
      throw new IllegalArgumentException(
          "%s cannot be entered at %s, but at %s"
              .formatted(file.name(), name, file.anatomy().entries().keySet()));
    }
    ScriptNetwork made =
        parts.computeIfAbsent(
            new ScriptPart(name, beginning),
            key -> new ScriptNetwork(file, module, key, slots, draws));
    made.card = card;
    return made;
  }

  @Override
  public Optional<HiddenStates> hiddenStates() {
    return Optional.empty();
  }

  @Override
  public void setTraining(boolean on) {
    slots.setTraining(on);
  }

  @Override
  public boolean isTraining() {
    return slots.isTraining();
  }

  @Override
  public void drawFrom(Seed seed) {
    draws.from(seed);
  }

  @Override
  public void beginEpoch(int number) {
    Network.super.beginEpoch(number);
    draws.beginEpoch(number);
  }

  @Override
  public void setBatchNormDrift(boolean on) {
    slots.setDrifting(on);
  }

  @Override
  public boolean driftingBatchNorms() {
    return slots.isDrifting();
  }

  /**
   * Writes a TorchScript file of the same code in which the weights are those in effect: adapters
   * that are active are merged.
   *
   * @throws InvalidInputException if it cannot be written
   */
  public void save(Path to) {
    TensorScope.runWithoutGradients(
        () ->
            NativeErrors.explained(
                to.toString(),
                () ->
                    slots.withEffective(
                        () -> {
                          module.save(to, card());
                          return null;
                        },
                        Set.of())));
  }

  /**
   * Writes a TorchScript file of the same code without values: a state dict of any widths makes the
   * network of it again.
   *
   * @throws InvalidInputException if it cannot be written
   */
  public void saveCode(Path to) {
    TensorScope.runWithoutGradients(
        () ->
            NativeErrors.explained(
                to.toString(),
                () ->
                    slots.withoutValues(
                        () -> {
                          module.save(to, card().untrained());
                          return null;
                        })));
  }

  /** Frees all; of a part nothing, for the whole network keeps it. */
  @Override
  public void close() {
    if (part.module().isEmpty()) {
      parts.values().forEach(network -> network.passes.close());
      parts.clear();
      passes.close();
      slots.close();
      module.close();
    }
  }
}
