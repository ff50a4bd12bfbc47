package dev.collapsar.learn.adapter.layout;

import dev.collapsar.learn.adapter.part.Part;
import java.util.List;

/**
 * A tensor of the base that an adapter changes, as far as the adapter's file names it.
 *
 * @param network which of several networks it is of, such as {@code unet}; empty if there is one
 * @param module the layer's name, with dots; or, if {@code flat}, with underscores in their place
 * @param choices the parameters of the module that it may be; of those that the base has, exactly
 *     one must fit
 * @param optional whether it changes nothing where the base has no such tensor
 */
public record Target(
    String network, String module, boolean flat, List<Choice> choices, boolean optional) {
  /** A parameter's name within the module, such as {@code weight}, and what would change it. */
  public record Choice(String parameter, Part part) {}

  public Target {
    choices = List.copyOf(choices);
  }

  static Target of(String module, String parameter, Part part) {
    return new Target("", module, false, List.of(new Choice(parameter, part)), false);
  }

  static Target ifPresent(String module, String parameter, Part part) {
    return new Target("", module, false, List.of(new Choice(parameter, part)), true);
  }
}
