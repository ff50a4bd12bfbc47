package dev.collapsar.learn.network.layer;

import static org.bytedeco.pytorch.global.torch.baddbmm;

import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * x W^T + b of few rows with a matrix that does not learn, as one batch of products with parts of
 * the matrix.
 *
 * <p>OpenBLAS copies a matrix into a layout of its own before it multiplies, at every product: for
 * ten rows that takes longer than to multiply. Products of up to a million multiplications it does
 * without, where the matrix lies, on one thread. So the result has the same bits for any number of
 * threads, and no thread waits for another. While a matrix learns its product stays whole, whose
 * gradient two threads share.
 */
final class UnpackedProduct {
  /** Multiplications up to which OpenBLAS leaves a matrix as it lies, on CPUs with AVX-512. */
  private static final long LARGEST = 1_000_000;

  /** Rows up to which parts were faster, forward and backward, at all shapes that were timed. */
  private static final long ROWS = 16;

  /** Outputs of a part: with more OpenBLAS copies again, with fewer the parts cost more. */
  private static final long MOST_OUTPUTS = 100;

  private static final long FEWEST_OUTPUTS = 16;

  private UnpackedProduct() {}

  /**
   * Into how many parts of equal size the outputs of a matrix (out,in) are cut for an input; 1 if
   * the product stays whole.
   */
  static long parts(Tensor input, Tensor weight) {
    boolean learns = GradMode.is_enabled() && weight.requires_grad();
    if (learns || !weight.is_cpu() || !weight.is_contiguous()) {
      return 1;
    }
    long out = weight.size(0);
    long perOutput = weight.size(1) * input.size(0);
    if (input.dim() != 2 || input.size(0) > ROWS || perOutput * out <= LARGEST) {
      return 1;
    }
    long most = Math.min(MOST_OUTPUTS, LARGEST / perOutput);
    for (long outputs = most; outputs >= FEWEST_OUTPUTS; outputs--) {
      if (out % outputs == 0) {
        return out / outputs;
      }
    }
    return 1;
  }

  /**
   * @param input (n,in)
   * @param weight (out,in)
   * @param bias (out) or nothing
   * @param parts a divisor of out
   * @return (n,out)
   */
  static Tensor of(Tensor input, Tensor weight, TensorOptional bias, long parts) {
    long outputs = weight.size(0) / parts;
    Tensor matrices = weight.view(parts, outputs, weight.size(1)).transpose(1, 2);
    Tensor inputs = input.unsqueeze(0).expand(parts, input.size(0), input.size(1)); // (p,n,in)
    Tensor products =
        bias.has_value()
            ? baddbmm(bias.get().view(parts, 1, outputs), inputs, matrices)
            : inputs.bmm(matrices); // (p,n,out/p)
    return products.transpose(0, 1).reshape(input.size(0), weight.size(0)); // (n,out)
  }
}
