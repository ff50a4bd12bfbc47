package dev.collapsar.learn.network;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.Weight;
import dev.collapsar.learn.weight.WeightSite;
import dev.collapsar.linalg.Matrix;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A network's last linear map: its input is the representation, its weight's rows are the classes'.
 *
 * @param site of kind {@link WeightSite.Kind#LINEAR}
 */
public record Head(WeightSite site) {
  /** A linear classifier: weights (K,D) and bias (K). */
  public record Classifier(Matrix weights, double[] bias) {}

  /** The module's dotted name. */
  public String name() {
    return site.module();
  }

  /** (K,D). */
  public Weight weight() {
    return site.weight();
  }

  /** (K), if there is one. */
  public Optional<Weight> bias() {
    return site.bias();
  }

  /** K. */
  public int classes() {
    return Math.toIntExact(weight().original().size(0));
  }

  /** D. */
  public int width() {
    return Math.toIntExact(weight().original().size(1));
  }

  /** The head as it acts, adapters included; a bias of zeros where it has none. */
  public Classifier classifier() {
    return TensorScope.withinWithoutGradients(
        () -> {
          Tensor weight = weight().effective(); // (K,D)
          double[] bias =
              bias().map(b -> TensorBridge.toDoubles(b.effective())).orElse(new double[classes()]);
          return new Classifier(
              Matrix.of(classes(), width(), TensorBridge.toDoubles(weight)), bias);
        });
  }
}
