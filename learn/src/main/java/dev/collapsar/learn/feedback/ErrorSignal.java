package dev.collapsar.learn.feedback;

import static org.bytedeco.pytorch.global.torch.softmax;

import dev.collapsar.learn.tensor.TensorBridge;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * e = softmax(logits) - onehot(labels) (n,K), the gradient of each sample's own cross-entropy by
 * its logits, as a direction and a length: a confident sample's error is far too short for products
 * in single precision, its direction is not. In the label's place stands minus the sum of the
 * others, which does not cancel.
 *
 * @param direction (n,K), rows of length 1, or 0 where the error is exactly zero; float
 * @param length (n,1), double
 */
record ErrorSignal(Tensor direction, Tensor length) {
  /**
   * @param logits (n,K)
   * @param labels (n), int64
   */
  static ErrorSignal of(Tensor logits, Tensor labels) {
    Tensor at = labels.view(-1, 1); // (n,1)
    Tensor error = softmax(logits.detach(), 1, new ScalarTypeOptional(ScalarType.Double)); // (n,K)
    error.scatter_(1, at, new Scalar(0.0));
    error.scatter_(1, at, error.sum(new long[] {1}, true, new ScalarTypeOptional()).neg());
    Tensor length = lengths(error); // (n,1)
    return new ErrorSignal(unit(error, length).to(ScalarType.Float), length);
  }

  /** e itself (n,K), float. */
  Tensor error() {
    return direction.mul(length).to(ScalarType.Float);
  }

  /** The length of each row (n,1), in double precision. */
  static Tensor lengths(Tensor rows) {
    return rows.to(ScalarType.Double)
        .norm(new ScalarOptional(TensorBridge.scalar(2)), new long[] {1}, true);
  }

  /** Each row over its length; a row of length 0 stays 0. */
  static Tensor unit(Tensor rows, Tensor lengths) {
    Tensor divisor = lengths.masked_fill(lengths.eq(TensorBridge.scalar(0)), new Scalar(1.0));
    return rows.to(ScalarType.Double).div(divisor).to(rows.scalar_type());
  }
}
