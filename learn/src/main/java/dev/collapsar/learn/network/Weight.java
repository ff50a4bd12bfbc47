package dev.collapsar.learn.network;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A layer's weight: the original tensor and the named reparametrizations on it. The effective
 * weight is a function of both; nothing is ever merged into the original.
 */
public final class Weight {
  private final Tensor original;
  private final Map<String, Reparametrization> reparametrizations = new LinkedHashMap<>();
  private List<Reparametrization> active = List.of();

  Weight(Tensor original) {
    this.original = original;
  }

  /** The tensor as it was trained or loaded. */
  public Tensor original() {
    return original;
  }

  /**
   * The original with every active reparametrization applied in order; the original itself if there
   * is none.
   */
  public Tensor effective() {
    Tensor weight = original;
    for (Reparametrization reparametrization : active) {
      weight = reparametrization.apply(weight);
    }
    return weight;
  }

  /**
   * Puts a reparametrization on top of the others, active; this weight owns it from now on. The
   * others stay as active as they are.
   */
  public void attach(String name, Reparametrization reparametrization) {
    if (reparametrizations.putIfAbsent(name, reparametrization) != null) {
      throw new IllegalArgumentException("the weight already carries a reparametrization " + name);
    }
    List<Reparametrization> withIt = new ArrayList<>(active);
    withIt.add(reparametrization);
    active = List.copyOf(withIt);
  }

  /** Takes a reparametrization off and frees it; the others stay as active as they are. */
  public void remove(String name) {
    Reparametrization removed = named(name);
    reparametrizations.remove(name);
    active = active.stream().filter(other -> other != removed).toList();
    removed.close();
  }

  /** Makes exactly these reparametrizations count, in this order. */
  public void activate(List<String> names) {
    active = names.stream().map(this::named).toList();
  }

  /** All reparametrizations, active or not, by name in the order they were attached. */
  public Map<String, Reparametrization> reparametrizations() {
    return Collections.unmodifiableMap(reparametrizations);
  }

  List<Reparametrization> active() {
    return active;
  }

  void close() {
    reparametrizations.values().forEach(Reparametrization::close);
    reparametrizations.clear();
    active = List.of();
  }

  private Reparametrization named(String name) {
    Reparametrization found = reparametrizations.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "no reparametrization %s on this weight; there are %s"
              .formatted(name, reparametrizations.keySet()));
    }
    return found;
  }
}
