package dev.collapsar.learn.adapter;

import dev.collapsar.data.ElementType;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.Reparametrization;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * An adapter's own tensor in place of the network's: a bias or a whole module that is trained with
 * it. The network's stays as it was. Owns the tensor.
 */
final class OwnCopy implements Reparametrization {
  private final String name;
  private final Tensor tensor;
  private final ElementType type;
  private final boolean buffer;

  /**
   * @param name the last part of the tensor's, such as {@code bias}
   * @param type in which files keep it
   * @param buffer whether it is state that the layer moves and no optimizer
   */
  OwnCopy(String name, Tensor start, ElementType type, boolean buffer) {
    this.name = name;
    this.tensor = TensorScope.keep(start.detach().clone());
    this.type = type;
    this.buffer = buffer;
  }

  StoredTensor stored() {
    return TensorBridge.storedInRange(name, tensor, type);
  }

  @Override
  public Tensor apply(Tensor weight) {
    return tensor;
  }

  @Override
  public boolean isReplacement() {
    return true;
  }

  @Override
  public Map<String, Tensor> parameters() {
    return buffer ? Map.of() : Map.of(name, tensor);
  }

  @Override
  public Collection<Tensor> tensors() {
    return List.of(tensor);
  }

  @Override
  public void close() {
    TensorScope.free(tensor);
  }
}
