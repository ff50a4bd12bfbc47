package dev.collapsar.learn.spectra;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.FileTensor;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.BaseModel;
import dev.collapsar.learn.adapter.BiasMode;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.learn.merge.Orientation;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.WeightSite.Kind;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.bytedeco.pytorch.Tensor;

/**
 * A full fine-tune as an adapter of its base: low-rank factors where the change of a weight is of
 * low rank, everything else that changed saved in full. Factors are float32, B = U sqrt(S), A =
 * sqrt(S) V^T, and every scale is 1.
 *
 * @param layers by module, in natural order, what low-rank factors keep
 * @param full by tensor, why it is saved in full
 * @param notes what else there is to say, a line each
 */
public record Extraction(
    AdapterFile adapter, Map<String, Layer> layers, Map<String, String> full, List<String> notes) {
  /**
   * One weight's change D = tuned - base.
   *
   * @param rank of the factors that stand for it
   * @param change ||D||_F
   * @param base ||base||_F
   * @param error ||D - B A||_F before B and A are rounded
   * @param leastError what the best factors of that rank leave at least: the same where LAPACK
   *     found these; else a lower bound, wrong with a chance of 1e-10
   */
  public record Layer(int rank, double change, double base, double error, double leastError) {}

  public Extraction {
    layers = Collections.unmodifiableMap(layers);
    full = Collections.unmodifiableMap(full);
    notes = List.copyOf(notes);
  }

  /**
   * Compares two networks and factors what changed.
   *
   * @param keepFull layers that are saved in full if they changed, by whole names or what follows
   *     one of their dots
   * @param told what the adapter says of its base
   * @param progress told the elements of every tensor that has been looked at
   * @throws InvalidInputException if nothing changed, nothing that changed is of low rank, or the
   *     networks have no tensor in common; if a changed tensor is not of real numbers and of a type
   *     that cannot be saved
   */
  public static Extraction of(
      BaseNetwork base,
      BaseNetwork tuned,
      RankRule rule,
      Collection<String> keepFull,
      BaseModel told,
      LongConsumer progress) {
    Changes changes = Changes.between(base, tuned, keepFull);
    Set<String> turned = Orientation.conv1d(base);
    Map<String, Layer> layers = new TreeMap<>(LayerOrder.NATURAL);
    Map<String, LoraFactors> modules = new TreeMap<>();
    for (String module : List.copyOf(changes.candidates())) {
      FileTensor before = base.tensors().get(module + ".weight");
      FileTensor after = changes.weightAfter(module);
      Difference difference = new Difference(before, after);
      TensorScope.run(
          () -> factor(module, difference, before, rule, turned.contains(module), layers, modules));
      if (!modules.containsKey(module)) {
        changes.saveInFull(module, "its change does not fit a rank that is worth it");
      }
      progress.accept(before.elements());
    }
    changes.settle(modules.keySet());
    layers.keySet().retainAll(modules.keySet());
    if (modules.isEmpty()) {
      throw new InvalidInputException(
          "no change of a weight is of low rank: all %s tensors that changed would be saved in full"
              .formatted(changes.full().size()));
    }
    boolean anyTurned = modules.keySet().stream().anyMatch(turned::contains);
    AdapterFile adapter =
        AdapterFile.of(config(modules, changes, base, told, anyTurned), modules, changes.saved());
    return new Extraction(adapter, layers, changes.full(), changes.notes());
  }

  private static void factor(
      String module,
      Difference difference,
      FileTensor weight,
      RankRule rule,
      boolean turned,
      Map<String, Layer> layers,
      Map<String, LoraFactors> modules) {
    double[] squares = difference.squares();
    long rows = difference.rows();
    long columns = difference.columns();
    if (!(squares[0] > 0) || !Double.isFinite(squares[0])) {
      return;
    }
    int most =
        (int) Math.min(Integer.MAX_VALUE, (rows * columns + rows + columns - 1) / (rows + columns));
    LowRank found =
        LowRank.of(difference, squares[0], rule, most, new Seed(0).under("extract/" + module));
    if (found == null) {
      return;
    }
    int k = found.values().length;
    Tensor roots = TensorBridge.doubles(found.values(), k).sqrt();
    Tensor left = found.left().mul(roots);
    Tensor right = found.right().mul(roots);
    modules.put(module, factors(module, turned ? right : left, turned ? left : right, weight));
    layers.put(
        module,
        new Layer(
            k, Math.sqrt(squares[0]), Math.sqrt(squares[1]), found.rest(), found.leastRest()));
  }

  private static LoraFactors factors(String module, Tensor tall, Tensor wide, FileTensor weight) {
    long[] shape = weight.shape();
    long k = tall.size(1);
    boolean conv = shape.length == 4;
    long[] shapeA = conv ? new long[] {k, shape[1], shape[2], shape[3]} : wide.t().shape();
    long[] shapeB = conv ? new long[] {shape[0], k, 1, 1} : tall.shape();
    return LoraFactors.of(
        conv ? Kind.CONV2D : Kind.LINEAR,
        stored(module + ".lora_A", wide.t(), shapeA),
        stored(module + ".lora_B", tall, shapeB));
  }

  private static StoredTensor stored(String name, Tensor values, long[] shape) {
    return TensorBridge.storedInRange(name, values.reshape(shape), ElementType.F32);
  }

  private static AdapterConfig config(
      Map<String, LoraFactors> modules,
      Changes changes,
      BaseNetwork base,
      BaseModel told,
      boolean anyTurned) {
    Map<String, Integer> ranks = new TreeMap<>();
    Map<String, Double> alphas = new TreeMap<>();
    modules.forEach(
        (module, factors) -> {
          ranks.put(module, factors.rank());
          alphas.put(module, (double) factors.rank());
        });
    Set<String> all = new TreeSet<>();
    base.tensors().keySet().forEach(name -> all.add(Changes.module(name)));
    boolean biases =
        changes.saved().keySet().stream().anyMatch(n -> modules.containsKey(Changes.module(n)));
    return AdapterConfig.ofModules(ModuleSelector.of(modules.keySet(), all), ranks, alphas)
        .modulesToSave(new ArrayList<>(changes.modulesToSave()))
        .bias(biases ? BiasMode.LORA_ONLY : BiasMode.NONE)
        .fanInFanOut(anyTurned)
        .base(told)
        .build();
  }
}
