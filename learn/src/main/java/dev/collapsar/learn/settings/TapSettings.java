package dev.collapsar.learn.settings;

import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Taps;
import java.util.Arrays;
import java.util.List;

/** Where in its network a recipe measures besides the representation: its setting for that. */
public final class TapSettings {
  private final Setting<List<String>> taps;

  public TapSettings(String... initial) {
    taps =
        new Setting<>(
            "taps",
            List.of(initial),
            "layers whose outputs are measured besides, such as layer1,layer2",
            "names of layers, or " + Network.REPRESENTATION + ", all different",
            TapSettings::parse);
  }

  private static List<String> parse(String text) {
    List<String> names =
        Arrays.stream(text.replaceAll("^\\[|\\]$", "").split(","))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .toList();
    return names.stream().distinct().count() == names.size() ? names : null;
  }

  /** The recipe lists it among its own. */
  public List<Setting<?>> settings() {
    return List.of(taps);
  }

  /** Whether none are chosen. */
  public boolean areNone(Settings settings) {
    return settings.get(taps).isEmpty();
  }

  /**
   * The chosen taps of this network.
   *
   * @param sample the shape of one sample of its input
   * @throws dev.collapsar.InvalidInputException for a name that the network does not have, listing
   *     those it has
   */
  public Taps of(Settings settings, Network network, List<Long> sample) {
    return Taps.of(network, sample, settings.get(taps), "taps=");
  }
}
