package dev.collapsar.learn.adapter;

import static org.bytedeco.pytorch.global.torch.createCPUGenerator;
import static org.bytedeco.pytorch.global.torch.zeros;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import dev.collapsar.learn.adapter.AdapterPlan.Adapted;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.weight.WeightSite.Kind;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.random.Seed;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * An adapter that is yet to be trained. Factors of layer L draw from the stream {@code lora/L},
 * dropout from {@code dropout/L}.
 *
 * @param classMeans (K,D) at the inputs of layers, by dotted name
 */
record FreshSource(AdapterConfig config, Map<String, Matrix> classMeans, Seed seed)
    implements AdapterSource {

  @Override
  public LowRankUpdate update(FactoredLayer layer, Adapted adapted) {
    requireSupported(layer);
    Seed draws = seed.under("lora/" + layer.path());
    FactorStart start =
        new FactorStart.Source(
                layer,
                adapted.rank(),
                adapted.scale(),
                new GeneratorOptional(createCPUGenerator(draws.value())),
                classMeans.get(layer.path()))
            .start(config.initialization());
    Optional<InputDropout> dropout =
        InputDropout.of(config.dropout(), seed.under("dropout/" + layer.path()));
    return config.dora()
        ? new DoraUpdate(layer, start, null, ElementType.F32, adapted.scale(), dropout)
        : new LowRankUpdate(layer, start, ElementType.F32, adapted.scale(), dropout);
  }

  private void requireSupported(FactoredLayer layer) {
    if (config.dropout() > 0 && layer.kind() == Kind.EMBEDDING) {
      throw new InvalidInputException(
          "lora_dropout %s: the inputs of %s are indices, which cannot be dropped; allowed is 0"
              .formatted(config.dropout(), layer.description()));
    }
    if (config.dora()) {
      Tensor weight = layer.matrix(layer.site().weight().original());
      if (weight.abs().amax(new long[] {1}, false).min().item_double() == 0) {
        throw new InvalidInputException(
            "use_dora: %s has a row of zeros, whose norm cannot be trained"
                .formatted(layer.description()));
      }
    }
  }

  /** Zero. */
  @Override
  public LoraBias biasOfB(FactoredLayer layer, LowRankUpdate update) {
    return new LoraBias(update, zeros(layer.outputs()));
  }

  @Override
  public OwnCopy copy(String tensor, Tensor original, boolean buffer) {
    String last = tensor.substring(tensor.lastIndexOf('.') + 1);
    return new OwnCopy(last, original, TensorBridge.elementType(original), buffer);
  }
}
