package dev.collapsar.learn.evaluation;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.mse_loss;
import static org.bytedeco.pytorch.global.torch.one_hot;

import org.bytedeco.pytorch.Tensor;

/** The loss of one sample with logits z (K) and class y, which training makes small. */
public enum Loss {
  /** -ln softmax(z)_y, in nats. */
  CROSS_ENTROPY {
    @Override
    public Tensor of(Tensor logits, Tensor labels) {
      return cross_entropy_loss(logits, labels);
    }
  },
  /** ||z - e_y||^2 / K: PyTorch's MSELoss of the logits and one-hot labels. */
  MEAN_SQUARES {
    @Override
    public Tensor of(Tensor logits, Tensor labels) {
      return mse_loss(logits, one_hot(labels, logits.size(1)).to(logits.scalar_type()));
    }
  };

  /** The mean over samples with logits (n,K) and labels (n). */
  public abstract Tensor of(Tensor logits, Tensor labels);
}
