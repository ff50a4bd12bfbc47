package dev.collapsar.learn.weight;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A tensor that a layer computes with (a weight, a bias, running statistics): the original and the
 * named reparametrizations on it. The effective tensor is a function of both; nothing is ever
 * merged into the original.
 */
public final class Weight {
  private final Tensor original;
  private final boolean whole;
  private final Map<String, Reparametrization> reparametrizations = new LinkedHashMap<>();
  private List<String> activeNames = List.of();
  private List<Reparametrization> active = List.of();

  /**
   * @param original the network's own to free, by {@link #close}
   */
  public Weight(Tensor original) {
    this(original, false);
  }

  private Weight(Tensor original, boolean whole) {
    this.original = original;
    this.whole = whole;
  }

  /**
   * A tensor in a slot of code that others wrote: what sits on it counts only as a whole tensor in
   * its place, not as a term of the layer's output.
   *
   * @param original the network's own to free, by {@link #close}
   */
  public static Weight inSlot(Tensor original) {
    return new Weight(original, true);
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

  /** Whether an optimizer may change what is in effect. */
  public boolean isTrainable() {
    return original.requires_grad()
        || active.stream()
            .flatMap(reparametrization -> reparametrization.parameters().values().stream())
            .anyMatch(Tensor::requires_grad);
  }

  /** Whether what is in effect is the same tensor throughout training. */
  public boolean isFixed() {
    return !isTrainable() && hasWeightForm();
  }

  /** Whether the effective tensor says all about what is active, in training mode too. */
  public boolean hasWeightForm() {
    return active.stream().allMatch(Reparametrization::hasWeightForm);
  }

  /**
   * Puts a reparametrization on top of the active ones; this weight owns it from now on.
   *
   * @throws InvalidInputException as {@link #activate} says; then the caller still owns it
   */
  public void attach(String name, Reparametrization reparametrization) {
    if (reparametrizations.putIfAbsent(name, reparametrization) != null) {
      throw new IllegalArgumentException("the weight already carries a reparametrization " + name);
    }
    List<String> names = new ArrayList<>(activeNames);
    names.add(name);
    try {
      activate(names);
    } catch (InvalidInputException e) {
      reparametrizations.remove(name);
      throw e;
    }
  }

  /**
   * Takes a reparametrization off and frees it; the effective weight is then what the other active
   * ones make.
   */
  public void remove(String name) {
    Reparametrization removed = named(name);
    activate(activeNames.stream().filter(other -> !other.equals(name)).toList());
    reparametrizations.remove(name);
    removed.close();
  }

  /**
   * Makes exactly these reparametrizations count, in this order.
   *
   * @throws InvalidInputException if more than one of them replaces the tensor, or if one that
   *     counts only as a term of the output meets one that is no such term, or a slot
   */
  public void activate(Collection<String> names) {
    List<Reparametrization> next = names.stream().map(this::named).toList();
    if (whole && !next.stream().allMatch(Reparametrization::hasWeightForm)) {
      throw new InvalidInputException(
          ("%s: a TorchScript network takes whole weights, which express neither"
                      + " lora_dropout above 0")
                  .formatted(String.join(", ", names))
              + " nor adapters of convolutions in groups; set lora_dropout to 0 or leave such"
              + " layers out");
    }
    if (next.stream().filter(Reparametrization::isReplacement).count() > 1) {
      throw new InvalidInputException(
          "of %s more than one replaces the same tensor; only one can be active".formatted(names));
    }
    if (!next.stream().allMatch(Reparametrization::isAdditive)
        && !next.stream().allMatch(Reparametrization::hasWeightForm)) {
      throw new InvalidInputException(
          ("%s cannot be active together: one drops its input or is of a grouped"
                      + " convolution, which no")
                  .formatted(names)
              + " weight expresses, and another is a function of the weight");
    }
    activeNames = List.copyOf(names);
    active = next;
  }

  /** The names of those that count, in order. */
  public List<String> activeNames() {
    return activeNames;
  }

  /** All reparametrizations, active or not, by name in the order they were attached. */
  public Map<String, Reparametrization> reparametrizations() {
    return Collections.unmodifiableMap(reparametrizations);
  }

  /** Those that count, in order. */
  public List<Reparametrization> active() {
    return active;
  }

  /** Frees the reparametrizations and the tensor. */
  public void close() {
    reparametrizations.values().forEach(Reparametrization::close);
    reparametrizations.clear();
    activeNames = List.of();
    active = List.of();
    TensorScope.free(original);
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
