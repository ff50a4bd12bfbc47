package dev.collapsar.learn.network.layer;

import static org.bytedeco.pytorch.global.torch.batch_norm;
import static org.bytedeco.pytorch.global.torch.empty;
import static org.bytedeco.pytorch.global.torch.zeros;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.weight.Weight;
import java.util.List;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Batch normalisation of each channel (Ioffe and Szegedy 2015), as PyTorch has it: (x - mean) /
 * sqrt(variance + 1e-5) * weight + bias for x (n,c,h,w).
 *
 * <p>In training mode mean and (biased) variance are the batch's, and the running ones move a tenth
 * of the way to them (the variance to the unbiased one). In evaluation mode, and in both modes as
 * long as weight or bias is frozen, they are the running ones, which then stay as they are: what is
 * frozen does not drift, unless {@link #setDrifting} says so.
 */
public final class BatchNorm2d extends Layer {
  private static final double MOMENTUM = 0.1;
  private static final double EPSILON = 1e-5;

  private final Weight weight;
  private final Weight bias;
  private final Weight mean;
  private final Weight variance;
  private final Weight batches;
  private boolean drifting;

  public BatchNorm2d(long channels) {
    weight = parameter("weight", empty(channels));
    bias = parameter("bias", empty(channels));
    mean = buffer("running_mean", empty(channels));
    variance = buffer("running_var", empty(channels));
    TensorOptions integers = new TensorOptions(ScalarType.Long);
    batches = buffer("num_batches_tracked", zeros(new long[0], integers));
  }

  @Override
  protected Tensor forward(Tensor input) {
    boolean moving = isTraining() && movesBuffers();
    if (moving) {
      batches.effective().add_(new Scalar(1));
    }
    return batch_norm(
        input,
        new TensorOptional(weight.effective()),
        new TensorOptional(bias.effective()),
        new TensorOptional(mean.effective()),
        new TensorOptional(variance.effective()),
        moving,
        MOMENTUM,
        EPSILON,
        false); // (n,c,h,w)
  }

  @Override
  protected boolean movesBuffers() {
    return drifting || weight.isTrainable() && bias.isTrainable();
  }

  /**
   * Whether training mode uses and moves the statistics although the parameters are frozen: what
   * PyTorch does unless one prevents it.
   */
  void setDrifting(boolean on) {
    drifting = on;
  }

  boolean isDrifting() {
    return drifting && !(weight.isTrainable() && bias.isTrainable());
  }

  /**
   * Whether this normalisation after {@code conv} is a convolution by other filters: it is if the
   * running statistics count, no gradient is recorded, and nobody listens in between.
   */
  boolean folds(Conv2d conv) {
    return !GradMode.is_enabled()
        && !(isTraining() && movesBuffers())
        && !conv.isTapped()
        && !isTapped()
        && conv.weight().hasWeightForm();
  }

  /**
   * Both at once, with s = weight / sqrt(variance + 1e-5): filters W s, bias (b - mean) s + bias.
   * Folded anew at each call: a pass over the filters, where normalising is one over the images.
   */
  Tensor afterConvolution(Conv2d conv, Tensor input) {
    Tensor scale =
        weight
            .effective()
            .div(variance.effective().add(TensorBridge.scalar(EPSILON)).sqrt()); // (c)
    Tensor centre =
        conv.bias() == null ? mean.effective() : mean.effective().sub(conv.bias()); // (c)
    Tensor filters = conv.weight().effective().mul(scale.view(-1, 1, 1, 1)); // (c,in,k,k)
    Tensor shift = bias.effective().sub(centre.mul(scale)); // (c)
    return conv.map(input, filters, new TensorOptional(shift)); // (n,c,h,w)
  }

  /** The identity on standardised inputs: weight and variance 1, bias, mean and count 0. */
  @Override
  protected void initialize(Generator generator) {
    weight.original().fill_(TensorBridge.scalar(1));
    variance.original().fill_(TensorBridge.scalar(1));
    bias.original().zero_();
    mean.original().zero_();
    batches.original().zero_();
  }

  @Override
  protected List<String> script() {
    return List.of(
        ("x = torch.batch_norm(x, self.weight, self.bias, self.running_mean,"
                + " self.running_var, False, %s, %s, False)")
            .formatted(MOMENTUM, EPSILON));
  }
}
