package dev.collapsar.learn.network;

/** A place in a network to listen at: the input or the output of the layer of this dotted name. */
public record TapPoint(String layer, Side side) {
  /** Which side of the layer. */
  public enum Side {
    INPUT,
    OUTPUT
  }

  public static TapPoint input(String layer) {
    return new TapPoint(layer, Side.INPUT);
  }

  public static TapPoint output(String layer) {
    return new TapPoint(layer, Side.OUTPUT);
  }
}
