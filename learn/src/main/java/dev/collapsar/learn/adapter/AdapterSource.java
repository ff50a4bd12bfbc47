package dev.collapsar.learn.adapter;

import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/** Where the tensors of an adapter that is being attached come from. */
interface AdapterSource {
  /** The low-rank update of one layer. */
  LowRankUpdate update(FactoredLayer layer, AdapterPlan.Adapted adapted);

  /** The bias of B on one layer, if the configuration says that there is one. */
  LoraBias biasOfB(FactoredLayer layer, LowRankUpdate update);

  /**
   * The adapter's own tensor in place of a network's.
   *
   * @param tensor its dotted name, such as {@code fc.bias}
   */
  OwnCopy copy(String tensor, Tensor original, boolean buffer);

  /**
   * Told before anything is put in its place.
   *
   * @throws dev.collapsar.InvalidInputException if something is for a weight that the network reads
   *     under another name alone
   */
  default void requireRead(Map<String, String> unreadNames) {}

  /**
   * Told when all was put in its place.
   *
   * @throws dev.collapsar.InvalidInputException if something is left over
   */
  default void requireTaken(Set<String> modules, Set<String> tensors) {}
}
