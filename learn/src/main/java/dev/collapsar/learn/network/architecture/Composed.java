package dev.collapsar.learn.network.architecture;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.network.layer.Layer;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A network of the caller's own.
 *
 * @param head the dotted name of its last Linear layer
 * @param hidden the hidden states, as {@link NetworkSpec#hidden} says
 * @param layers builds it anew at each call
 */
public record Composed(String name, String head, List<String> hidden, Supplier<Layer> layers)
    implements NetworkSpec {
  /** One of which no hidden states are named. */
  public Composed(String name, String head, Supplier<Layer> layers) {
    this(name, head, List.of(), layers);
  }

  /** The name alone: a card cannot say what the layers are. */
  @Override
  public Map<String, Object> architecture() {
    return Map.of("name", name);
  }

  @Override
  public Optional<InputSpec> input() {
    return Optional.empty();
  }

  @Override
  public NetworkSpec withClasses(int count) {
    return new Composed(
        name,
        head,
        hidden,
        () -> {
          Layer root = layers.get();
          LayerNetwork.putHead(root, head, count);
          return root;
        });
  }

  /** Whatever: only its layers know. */
  @Override
  public boolean takes(List<Long> sample) {
    return true;
  }

  @Override
  public Layer build() {
    return layers.get();
  }
}
