package dev.collapsar.learn.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.util.List;

/**
 * Which of a network's layers an adapter would be put on, before anything is: a dry run.
 *
 * @param layers in the network's order, at least one
 */
public record AdapterPlan(List<Adapted> layers) {
  /**
   * One layer that would carry the adapter.
   *
   * @param scale what multiplies B A
   * @param parameters how many elements would be trained, those of A, B, a bias and a magnitude
   */
  public record Adapted(AdaptableLayer layer, int rank, double scale, long parameters) {
    /** Whether the adapter is larger than the weight that it adapts. */
    public boolean isLargerThanLayer() {
      return parameters > layer.parameters();
    }
  }

  public AdapterPlan {
    layers = List.copyOf(layers);
  }

  /**
   * Finds the layers that the configuration selects.
   *
   * @throws InvalidInputException if there is none, or if a selected convolution's groups do not
   *     divide the rank or meet DoRA
   */
  public static AdapterPlan of(AdapterConfig config, List<AdaptableLayer> layers) {
    List<Adapted> adapted =
        layers.stream()
            .filter(layer -> config.adapts(layer.name(), layer.kind()))
            .map(layer -> adapted(config, layer))
            .toList();
    if (adapted.isEmpty()) {
      throw new InvalidInputException(
          "target_modules %s selects no layer%s; the network has %s"
              .formatted(
                  config.targets(),
                  config.excluded().map(e -> " that exclude_modules " + e + " leaves").orElse(""),
                  String.join(", ", layers.stream().map(AdaptableLayer::toString).toList())));
    }
    return new AdapterPlan(adapted);
  }

  /** How many elements would be trained in all. */
  public long parameters() {
    return layers.stream().mapToLong(Adapted::parameters).sum();
  }

  private static Adapted adapted(AdapterConfig config, AdaptableLayer layer) {
    int rank = config.rank(layer.name());
    if (rank % layer.groups() != 0) {
      throw new InvalidInputException(
          "rank %s of %s must be a multiple of its groups".formatted(rank, layer));
    }
    if (config.dora() && layer.groups() > 1) {
      throw new InvalidInputException(
          "use_dora: %s has an update that is no weight of such a layer, so its rows have no norms"
              .formatted(layer));
    }
    long first = layer.shape().get(0);
    long second = layer.shape().get(1);
    long out = layer.kind() == Kind.EMBEDDING ? second : first;
    long factors =
        layer.kind() == Kind.CONV2D
            ? rank * second * layer.groups() * layer.shape().get(2) * layer.shape().get(3)
                + first * (rank / layer.groups())
            : rank * (first + second);
    long vectors = (config.dora() ? out : 0) + (config.loraBias() ? out : 0);
    return new Adapted(layer, rank, config.scale(layer.name()), factors + vectors);
  }
}
