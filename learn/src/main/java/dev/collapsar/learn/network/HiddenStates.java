package dev.collapsar.learn.network;

import dev.collapsar.learn.batch.Input;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The hidden states of a network, for learning rules that replace the gradient. */
public interface HiddenStates {
  /**
   * The dotted names of the modules whose outputs are the hidden states h_0 .. h_L, in order: the
   * places that direct feedback reaches, each once on every way from the input to the head. Empty
   * if the network names none.
   */
  List<String> names();

  /** The hidden states as places to listen at. */
  default List<TapPoint> taps() {
    return names().stream().map(TapPoint::output).toList();
  }

  /**
   * Logits (n,K) of this input with these modules, by dotted name, taking detours. The tensors
   * belong to the caller's scope.
   */
  Tensor forward(Input input, Map<String, Detour> detours);
}
