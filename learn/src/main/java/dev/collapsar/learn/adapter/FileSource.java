package dev.collapsar.learn.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterPlan.Adapted;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.weight.WeightSite.Kind;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * An adapter from a file. The factors count in single precision and are written back in the file's
 * element types.
 *
 * @param seed dropout of layer L draws from its stream {@code dropout/L}
 */
record FileSource(AdapterFile file, Seed seed) implements AdapterSource {

  /**
   * @throws InvalidInputException if the file has no factors for the layer, or of other shapes
   */
  @Override
  public LowRankUpdate update(FactoredLayer layer, Adapted adapted) {
    LoraFactors factors = file.modules().get(layer.path());
    if (factors == null) {
      throw new InvalidInputException(
          ("the adapter is of another network: its target_modules %s select %s, for which"
                  + " it has no factors")
              .formatted(file.config().targets(), layer.description()));
    }
    boolean fits =
        factors.kind() == layer.kind()
            && Arrays.equals(factors.a().shape(), layer.shapeOfA(adapted.rank()))
            && Arrays.equals(factors.b().shape(), layer.shapeOfB(adapted.rank()));
    if (!fits) {
      throw new InvalidInputException(
          "the adapter is of another network: its A %s and B %s do not fit %s"
              .formatted(factors.a(), factors.b(), layer.description()));
    }
    FactorStart start =
        FactorStart.plain(TensorBridge.tensor(factors.a()), TensorBridge.tensor(factors.b()));
    // As in PEFT, an embedding's indices are never dropped.
    double probability = layer.kind() == Kind.EMBEDDING ? 0 : file.config().dropout();
    Optional<InputDropout> dropout =
        InputDropout.of(probability, seed.under("dropout/" + layer.path()));
    return factors
        .magnitude()
        .map(TensorBridge::tensor)
        .<LowRankUpdate>map(
            magnitude ->
                new DoraUpdate(
                    layer, start, magnitude, factors.a().type(), adapted.scale(), dropout))
        .orElseGet(
            () -> new LowRankUpdate(layer, start, factors.a().type(), adapted.scale(), dropout));
  }

  @Override
  public LoraBias biasOfB(FactoredLayer layer, LowRankUpdate update) {
    StoredTensor bias = file.modules().get(layer.path()).bias().orElseThrow();
    return new LoraBias(update, TensorBridge.tensor(bias));
  }

  /**
   * The file's tensor; of biases that PEFT did not save with {@code lora_only} the network's.
   *
   * @throws InvalidInputException if it is missing or has another shape
   */
  @Override
  public OwnCopy copy(String tensor, Tensor original, boolean buffer) {
    String last = tensor.substring(tensor.lastIndexOf('.') + 1);
    StoredTensor stored = file.saved().get(tensor);
    if (stored == null && file.config().bias() == BiasMode.LORA_ONLY && last.equals("bias")) {
      return new OwnCopy(last, original, TensorBridge.elementType(original), buffer);
    }
    if (stored == null || !Arrays.equals(stored.shape(), original.shape())) {
      throw new InvalidInputException(
          "the adapter must have %s of shape %s saved in full, but has %s"
              .formatted(
                  tensor, Arrays.toString(original.shape()), stored == null ? "none" : stored));
    }
    return new OwnCopy(
        last,
        TensorBridge.tensor(stored).to(original.device(), original.scalar_type()),
        stored.type(),
        buffer);
  }

  @Override
  public void requireRead(Map<String, String> unreadNames) {
    for (String module : file.modules().keySet()) {
      String read = unreadNames.get(module + ".weight");
      if (read != null) {
        throw new InvalidInputException(
            ("the adapter has an update of %s, whose weight is one tensor with %s: the network's"
                    + " code reads it under that name alone, where the update would change both;"
                    + " untie them before the file is made (%s.weight ="
                    + " torch.nn.Parameter(%s.weight.clone())), or name the update after %s to"
                    + " change both")
                .formatted(module, read, module, module, read.replaceAll("\\.weight$", "")));
      }
    }
  }

  @Override
  public void requireTaken(Set<String> modules, Set<String> tensors) {
    List<String> left = new ArrayList<>(file.modules().keySet());
    left.removeAll(modules);
    file.saved().keySet().stream().filter(name -> !tensors.contains(name)).forEach(left::add);
    for (String name : left) {
      if (name.endsWith(".weight") && file.modules().containsKey(moduleOf(name))) {
        throw new InvalidInputException(
            ("the adapter holds a copy of %s beside its update of it, as PEFT adds to adapted"
                    + " embeddings; a network takes the update alone: save with"
                    + " save_embedding_layers=False, or merge by 'adapter merge --base'")
                .formatted(name));
      }
    }
    if (!left.isEmpty()) {
      throw new InvalidInputException(
          "the adapter is of another network: its configuration gives %s no place in this one"
              .formatted(left));
    }
  }

  private static String moduleOf(String tensor) {
    return tensor.substring(0, Math.max(tensor.lastIndexOf('.'), 0));
  }
}
