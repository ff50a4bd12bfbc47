package dev.collapsar.learn.evidence;

import static org.bytedeco.pytorch.global.torch.zeros_like;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.Reparametrization;
import dev.collapsar.learn.weight.Weight;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.update.Drift;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * Where a network's weights, as they act, stand before they are trained, and what becomes of them:
 * all of its own parameters. Of what is not trained no copy is kept: what an adapter adds to it is
 * seen beside it.
 */
public final class WeightUpdates {
  private static final String A = "lora_A";
  private static final String B = "lora_B";

  private final Map<String, float[]> trained = new HashMap<>();
  private final Map<String, float[]> starts = new HashMap<>(); // A_0 by the weight's name

  /**
   * A weight that has moved.
   *
   * @param name dotted
   * @param before W_0 as a matrix (out, all else)
   * @param update W - W_0, likewise
   */
  record Moved(String name, Matrix before, Matrix update) {}

  /** From the weights of this network, about to be trained; active adapters do nothing yet. */
  public WeightUpdates(Network network) {
    Map<String, ?> trainable = network.weights().trainable();
    network
        .weights()
        .parameters()
        .forEach(
            (name, tensor) -> {
              if (trainable.containsKey(name)) {
                trained.put(name, TensorBridge.toFloats(tensor));
              }
            });
    network
        .weights()
        .all()
        .forEach(
            (name, weight) ->
                factors(weight)
                    .filter(WeightUpdates::isAtZero)
                    .ifPresent(factors -> starts.put(name, floats(factors, A))));
  }

  /**
   * {@code drift_norm} and {@code drift_relative} of this network, which began there; all weights
   * together.
   */
  public List<Measurement> drift(Network network) {
    Drift all = new Drift(0, 0);
    try {
      for (String name : network.weights().parameters().keySet()) {
        all = all.and(drift(name, network.weights().all().get(name)));
      }
    } catch (InvalidInputException noWeight) {
      return List.of(
          Measurement.undefined(Drift.NORM, noWeight.getMessage()),
          Measurement.undefined(Drift.RELATIVE, noWeight.getMessage()));
    }
    return all.measurements();
  }

  private Drift drift(String name, Weight weight) {
    return TensorScope.withinWithoutGradients(
        () -> {
          float[] now = TensorBridge.toFloats(weight.effective());
          float[] before = before(name, weight);
          double moved = 0;
          double length = 0;
          for (int i = 0; i < now.length; i++) {
            double step = (double) now[i] - before[i];
            moved += step * step;
            length += (double) before[i] * before[i];
          }
          return new Drift(Math.sqrt(moved), Math.sqrt(length));
        });
  }

  private float[] before(String name, Weight weight) {
    float[] kept = trained.get(name);
    return kept != null ? kept : TensorBridge.toFloats(weight.original());
  }

  /** The weights of two dimensions or more that have moved, in the network's order. */
  List<Moved> moved(Network network) {
    List<Moved> moved = new ArrayList<>();
    for (String name : network.weights().parameters().keySet()) {
      Weight weight = network.weights().all().get(name);
      if (weight.original().dim() > 1
          && (trained.containsKey(name) || !weight.active().isEmpty())) {
        Matrix update = update(name, weight);
        if (update.stream().anyMatch(value -> value != 0)) {
          moved.add(
              new Moved(
                  name, Matrix.of(update.rows(), update.columns(), before(name, weight)), update));
        }
      }
    }
    return moved;
  }

  /** What the head's weights have moved by, D_W (K,D). */
  Matrix ofHead(Network network) {
    return update(nameOfHead(network), network.head().weight());
  }

  /** The head's weights before, W_0 (K,D). */
  Matrix headBefore(Network network) {
    float[] values = before(nameOfHead(network), network.head().weight());
    int classes = network.head().classes();
    return Matrix.of(classes, values.length / classes, values);
  }

  private static String nameOfHead(Network network) {
    Weight head = network.head().weight();
    return network.weights().all().entrySet().stream()
        .filter(entry -> entry.getValue() == head)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  /**
   * The same without what A's random start contributes, B (A - A_0) (K,D), but for a factor; empty
   * unless the head carries one low-rank update, and nothing else, that began at B = 0.
   */
  public Optional<Matrix> ofHeadFromStart(Network network) {
    return fromStart(network, nameOfHead(network));
  }

  /** The same of the weight of this name, (out, all else). */
  Optional<Matrix> fromStart(Network network, String name) {
    float[] start = starts.get(name);
    if (start == null) {
      return Optional.empty();
    }
    Weight weight = network.weights().all().get(name);
    return factors(weight)
        .map(
            factors -> {
              float[] a = floats(factors, A);
              float[] b = floats(factors, B);
              int rank = b.length / Math.toIntExact(weight.original().size(0));
              double[] moved = new double[a.length];
              Arrays.setAll(moved, i -> (double) a[i] - start[i]);
              return Blas.reference()
                  .times(
                      Matrix.of(b.length / rank, rank, b), Matrix.of(rank, a.length / rank, moved));
            });
  }

  private static Optional<Map<String, Tensor>> factors(Weight weight) {
    boolean plain =
        !weight.original().requires_grad()
            && weight.active().size() == 1
            && weight.active().get(0).parameters().keySet().equals(Set.of(A, B));
    return plain ? Optional.of(weight.active().get(0).parameters()) : Optional.empty();
  }

  private static boolean isAtZero(Map<String, Tensor> factors) {
    for (float value : floats(factors, B)) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }

  private static float[] floats(Map<String, Tensor> factors, String name) {
    return TensorScope.withinWithoutGradients(() -> TensorBridge.toFloats(factors.get(name)));
  }

  private Matrix update(String name, Weight weight) {
    return TensorScope.withinWithoutGradients(
        () -> {
          int rows = Math.toIntExact(weight.original().size(0));
          boolean added =
              !trained.containsKey(name)
                  && weight.active().stream().allMatch(Reparametrization::isAdditive);
          double[] moved;
          if (added) {
            // Of nothing but terms: their sum itself, which no rounding beside W has passed.
            Tensor sum = zeros_like(weight.original());
            for (Reparametrization term : weight.active()) {
              sum = sum.add(term.apply(zeros_like(weight.original())));
            }
            moved = TensorBridge.toDoubles(sum);
          } else {
            float[] now = TensorBridge.toFloats(weight.effective());
            float[] before = before(name, weight);
            moved = new double[now.length];
            Arrays.setAll(moved, i -> (double) now[i] - before[i]);
          }
          return Matrix.of(rows, moved.length / rows, moved);
        });
  }
}
