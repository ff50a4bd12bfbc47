package dev.collapsar.learn.network;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * A substitute for a layer's function during one forward pass, such as the same values under
 * another gradient.
 */
public interface Detour {
  Tensor apply(Tensor input, UnaryOperator<Tensor> function);
}
