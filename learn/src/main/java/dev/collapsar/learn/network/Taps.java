package dev.collapsar.learn.network;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Places in a network to listen at, by the names that a user gave.
 *
 * @param points in the order of the names
 * @param widths the number of values that one sample has at each
 */
public record Taps(Map<String, TapPoint> points, Map<TapPoint, Integer> widths) {
  public Taps {
    points = Collections.unmodifiableMap(new LinkedHashMap<>(points));
    widths = Collections.unmodifiableMap(new LinkedHashMap<>(widths));
  }

  /**
   * The taps of these names: a layer's is at its output, {@link Network#REPRESENTATION} at the
   * head's input.
   *
   * @param sample the shape of one sample of the network's input
   * @param origin what the user wrote before the name, such as {@code --tap }
   * @throws InvalidInputException for a name that is none, listing the network's taps with shapes
   */
  public static Taps of(
      Network network, List<Long> sample, Collection<String> names, String origin) {
    Map<String, List<Long>> shapes = network.tapShapes(sample);
    Map<String, TapPoint> points = new LinkedHashMap<>();
    Map<TapPoint, Integer> widths = new LinkedHashMap<>();
    for (String name : names) {
      if (!shapes.containsKey(name)) {
        throw new InvalidInputException(
            "%s%s: %s has no such tap; its taps are %s"
                .formatted(origin, name, network.name(), list(shapes)));
      }
      TapPoint point =
          name.equals(Network.REPRESENTATION) ? network.representation() : TapPoint.output(name);
      points.put(name, point);
      long width = shapes.get(name).stream().reduce(1L, Math::multiplyExact);
      widths.put(point, Math.toIntExact(width));
    }
    return new Taps(points, widths);
  }

  /** What {@link Network#tapShapes} says, from one sample of zeros in evaluation mode. */
  static Map<String, List<Long>> shapes(Network network, List<Long> sample) {
    boolean training = network.isTraining();
    network.setTraining(false);
    Map<TapPoint, String> names = new LinkedHashMap<>();
    network.modules().forEach(name -> names.put(TapPoint.output(name), name));
    if (network.hasHead()) {
      names.put(network.representation(), Network.REPRESENTATION);
    }
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    TensorScope.runWithoutGradients(
        () -> {
          long[] one =
              LongStream.concat(LongStream.of(1), sample.stream().mapToLong(Long::longValue))
                  .toArray();
          network.forward(
              Input.of(network.blank(one)),
              names.keySet(),
              (tap, value) ->
                  shapes.put(
                      names.get(tap), Arrays.stream(value.shape()).skip(1).boxed().toList()));
        });
    network.setTraining(training);
    if (network.hasHead()) {
      shapes.put(Network.REPRESENTATION, shapes.remove(Network.REPRESENTATION));
    }
    return shapes;
  }

  private static String list(Map<String, List<Long>> shapes) {
    return shapes.entrySet().stream()
        .map(
            tap ->
                tap.getValue().stream()
                    .map(String::valueOf)
                    .collect(Collectors.joining("x", tap.getKey() + " (", ")")))
        .collect(Collectors.joining(", "));
  }
}
