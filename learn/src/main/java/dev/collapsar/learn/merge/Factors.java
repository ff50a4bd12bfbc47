package dev.collapsar.learn.merge;

import static org.bytedeco.pytorch.global.torch.linalg_qr;
import static org.bytedeco.pytorch.global.torch.linalg_svd;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.util.Optional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;

/**
 * A layer's factors as double matrices, one pair for each group of a convolution: a (g,r/g,n) and b
 * (g,m/g,r/g), where b a is the update (g,m/g,n) before its scale. Lives in the caller's scope.
 */
record Factors(Tensor a, Tensor b) {
  static Factors of(LoraFactors factors) {
    long groups = factors.groups();
    long rank = factors.rank();
    long out = factors.b().shape()[0];
    Tensor a = TensorBridge.doubles(factors.a().toDoubles(), factors.a().shape());
    Tensor b = TensorBridge.doubles(factors.b().toDoubles(), factors.b().shape());
    return new Factors(
        a.reshape(groups, rank / groups, -1), b.reshape(groups, out / groups, rank / groups));
  }

  /** b a; (g,m/g,n). */
  Tensor product() {
    return b.bmm(a);
  }

  /** The Frobenius norm of b a, without forming it. */
  double norm() {
    Tensor left = linalg_qr(b, "r").get1(); // (g,min(m/g,r/g),r/g)
    Tensor right = linalg_qr(a.transpose(1, 2), "r").get1(); // (g,min(n,r/g),r/g)
    return left.bmm(right.transpose(1, 2)).norm().item_double();
  }

  /** The factors of {@code factor * b a}. */
  Factors scaled(double factor) {
    return new Factors(a, b.mul(TensorBridge.scalar(factor)));
  }

  /** r. */
  int rank() {
    return Math.toIntExact(a.size(0) * a.size(1));
  }

  /** The best factors of so many columns a group for b a, without forming it. */
  Factors truncated(long rankPerGroup) {
    T_TensorTensor_T left = linalg_qr(b, "reduced");
    T_TensorTensor_T right = linalg_qr(a.transpose(1, 2), "reduced");
    Tensor core = left.get1().bmm(right.get1().transpose(1, 2)); // (g,min(m/g,r/g),min(n,r/g))
    Factors small = nearest(core, rankPerGroup);
    return new Factors(small.a.bmm(right.get0().transpose(1, 2)), left.get0().bmm(small.b));
  }

  /** The best factors of so many columns a group for these matrices (g,m/g,n). */
  static Factors nearest(Tensor matrices, long rankPerGroup) {
    T_TensorTensorTensor_T svd = linalg_svd(matrices, false, new StringViewOptional());
    long kept = Math.min(rankPerGroup, svd.get1().size(1));
    Tensor u = first(svd.get0(), 2, kept);
    Tensor s = first(svd.get1(), 1, kept).unsqueeze(1);
    return new Factors(first(svd.get2(), 1, kept), u.mul(s));
  }

  private static Tensor first(Tensor tensor, long dimension, long count) {
    return tensor.slice(dimension, new LongOptional(0), new LongOptional(count), 1);
  }

  /**
   * As they are kept: shaped for the layer of {@code like}, in the element type of its factors.
   *
   * @throws InvalidInputException if that cannot hold a number of them
   */
  LoraFactors stored(String module, LoraFactors like, Optional<StoredTensor> bias) {
    long[] shapeA = like.a().shape();
    long[] shapeB = like.b().shape();
    shapeA[0] = rank();
    shapeB[1] = like.kind() == Kind.CONV2D ? a.size(1) : rank();
    return new LoraFactors(
        like.kind(),
        stored(module + ".lora_A", a, shapeA, like.a().type()),
        stored(module + ".lora_B", b, shapeB, like.b().type()),
        bias,
        Optional.empty());
  }

  private static StoredTensor stored(String name, Tensor values, long[] shape, ElementType type) {
    return rounded(name, values.reshape(shape), type);
  }

  /**
   * The values in this type, each rounded once.
   *
   * @throws InvalidInputException if one is not finite, or becomes so
   */
  static StoredTensor rounded(String name, Tensor exact, ElementType type) {
    if (!exact.isfinite().all().item_bool()) {
      throw new InvalidInputException(name + ": the result is not finite");
    }
    return TensorBridge.storedInRange(name, exact, type);
  }
}
