package dev.collapsar.learn.adapter.part;

import dev.collapsar.data.FileTensor;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Weight decomposition (Liu et al. 2024): V = W + U, then W' = m V / ||V||, of each output, or of
 * each input (an embedding's feature), whose kernel counts with it. LyCORIS adds float32's epsilon
 * to the norm, a relative 1e-7, which is not in its own definition and left out.
 *
 * @param perInput norms over all outputs, which takes a pass over the weight before the update
 */
public record DoraPart(Part direction, FileTensor magnitude, boolean perInput) implements Part {
  @Override
  public boolean fits(long[] shape) {
    return direction.fits(shape) && magnitude.elements() == (perInput ? shape[1] : shape[0]);
  }

  @Override
  public String wanted() {
    return "%s, with %s norms per %s"
        .formatted(direction.wanted(), magnitude.elements(), perInput ? "input" : "output");
  }

  @Override
  public BaseNeed need() {
    BaseNeed own = perInput ? BaseNeed.COLUMN_NORMS : BaseNeed.ROW;
    return own.compareTo(direction.need()) > 0 ? own : direction.need();
  }

  @Override
  public RowUpdate on(BaseRows base) {
    RowUpdate added = direction.on(base);
    double[] learned = magnitude.toDoubles();
    return perInput ? byInput(base, added, learned) : byOutput(added, learned);
  }

  private RowUpdate byOutput(RowUpdate added, double[] learned) {
    return block -> {
      added.apply(block);
      for (int i = 0; i < block.rows(); i++) {
        int at = block.at() + i * block.width();
        double squares = 0;
        for (int j = 0; j < block.width(); j++) {
          squares += block.values()[at + j] * block.values()[at + j];
        }
        double factor = learned[(int) block.first() + i] / Math.sqrt(squares);
        for (int j = 0; j < block.width(); j++) {
          block.values()[at + j] *= factor;
        }
      }
    };
  }

  private RowUpdate byInput(BaseRows base, RowUpdate added, double[] learned) {
    double[] factors = new double[learned.length];
    int taps = (int) Lengths.product(base.shape(), 2);
    base.forEach(
        block -> {
          added.apply(block);
          for (int i = 0; i < block.rows() * block.width(); i++) {
            double value = block.values()[block.at() + i];
            factors[i % block.width() / taps] += value * value;
          }
        });
    for (int j = 0; j < factors.length; j++) {
      factors[j] = learned[j] / Math.sqrt(factors[j]);
    }
    return block -> {
      added.apply(block);
      for (int i = 0; i < block.rows() * block.width(); i++) {
        block.values()[block.at() + i] *= factors[i % block.width() / taps];
      }
    };
  }

  @Override
  public boolean isOfEmbedding() {
    return direction.isOfEmbedding();
  }

  @Override
  public long parameters() {
    return direction.parameters() + magnitude.elements();
  }

  @Override
  public OptionalInt rank() {
    return direction.rank();
  }

  @Override
  public OptionalDouble scale() {
    return direction.scale();
  }
}
