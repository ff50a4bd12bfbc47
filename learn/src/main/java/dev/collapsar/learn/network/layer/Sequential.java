package dev.collapsar.learn.network.layer;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Layers one after the other, named {@code 0}, {@code 1}, ... as PyTorch names them. A convolution
 * and the normalisation after it are one convolution where {@link BatchNorm2d#folds} allows it.
 */
public final class Sequential extends Layer {
  public Sequential(Layer... layers) {
    for (int i = 0; i < layers.length; i++) {
      child(Integer.toString(i), layers[i]);
    }
  }

  private Sequential() {}

  /** Layers one after the other under names of their own, in the map's order. */
  public static Sequential named(Map<String, Layer> layers) {
    Sequential sequence = new Sequential();
    layers.forEach(sequence::child);
    return sequence;
  }

  @Override
  protected Tensor forward(Tensor input) {
    Tensor value = input;
    Layer waiting = null; // a convolution whose normalisation may follow
    for (Iterator<Layer> left = children().values().iterator(); left.hasNext(); ) {
      Layer layer = left.next();
      if (waiting instanceof Conv2d conv) {
        waiting = null;
        if (layer instanceof BatchNorm2d norm && norm.folds(conv)) {
          value = norm.afterConvolution(conv, value);
          continue;
        }
        value = conv.apply(value);
      }
      if (layer instanceof Conv2d && left.hasNext()) {
        waiting = layer;
      } else {
        value = layer.apply(value);
      }
    }
    return value;
  }

  /**
   * The layers before the one of this dotted path, or it and those after it, under their names;
   * this sequence goes on owning them.
   *
   * @throws IllegalArgumentException if a layer on the path is no sequence
   */
  Sequential part(String path, boolean before) {
    String[] steps = path.split("\\.", 2);
    Map<String, Layer> kept = new LinkedHashMap<>();
    boolean reached = false;
    for (Map.Entry<String, Layer> child : children().entrySet()) {
      if (!child.getKey().equals(steps[0])) {
        if (reached != before) {
          kept.put(child.getKey(), child.getValue());
        }
        continue;
      }
      reached = true;
      if (steps.length == 1) {
        if (!before) {
          kept.put(child.getKey(), child.getValue());
        }
      } else if (child.getValue() instanceof Sequential inner) {
        kept.put(child.getKey(), inner.part(steps[1], before));
      } else {
        throw new IllegalArgumentException(
            "the layers of %s do not simply follow one another".formatted(steps[0]));
      }
    }
    return named(kept);
  }

  /** What {@link LayerNetwork#firstMoving} says. */
  String firstMoving(String head) {
    boolean weighed = false;
    for (Map.Entry<String, Layer> step : steps().entrySet()) {
      if (!step.getValue().isFixed() || step.getKey().equals(head)) {
        return weighed ? step.getKey() : "";
      }
      weighed |= step.getValue().hasParameters();
    }
    return "";
  }

  /** The layers that simply follow one another, those of sequences inside included. */
  private Map<String, Layer> steps() {
    Map<String, Layer> steps = new LinkedHashMap<>();
    children()
        .forEach(
            (name, layer) -> {
              if (layer instanceof Sequential inner) {
                inner.steps().forEach((n, l) -> steps.put(name + "." + n, l));
              } else {
                steps.put(name, layer);
              }
            });
    return steps;
  }

  @Override
  protected List<String> script() {
    return children().keySet().stream().map(child -> "x = " + called(child)).toList();
  }
}
