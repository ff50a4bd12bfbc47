package dev.collapsar.learn.adapter;

import static org.bytedeco.pytorch.global.torch.createCPUGenerator;
import static org.bytedeco.pytorch.global.torch.empty;
import static org.bytedeco.pytorch.global.torch.linalg_qr;
import static org.bytedeco.pytorch.global.torch.zeros;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.AdaptableLayer.Kind;
import dev.collapsar.run.Seed;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/** The factors of an update before its first step; in the caller's scope. */
record FactorStart(Tensor a, Tensor b) {
  private static final double ORTHOGONAL_SCALE = 0.1; // as PEFT's

  /**
   * Draws or computes them.
   *
   * @param chance the layer's own
   * @throws InvalidInputException if the way of starting does not suit the layer or the rank
   */
  static FactorStart of(FactoredLayer layer, int rank, Initialization start, Seed chance) {
    return new Drawing(layer, rank, new GeneratorOptional(createCPUGenerator(chance.value())))
        .start(start);
  }

  private record Drawing(FactoredLayer layer, int rank, GeneratorOptional generator) {
    FactorStart start(Initialization start) {
      return switch (start) {
        case DEFAULT ->
            layer.kind() == Kind.EMBEDDING
                ? new FactorStart(zeros(shapeOfA()), normal(1, shapeOfB()))
                : new FactorStart(kaiming(shapeOfA()), zeros(shapeOfB()));
        case RANDOM ->
            layer.kind() == Kind.EMBEDDING
                ? new FactorStart(normal(1, shapeOfA()), normal(1, shapeOfB()))
                : new FactorStart(kaiming(shapeOfA()), kaiming(shapeOfB()));
        case GAUSSIAN -> new FactorStart(normal(1.0 / rank, shapeOfA()), zeros(shapeOfB()));
        case NORMAL -> new FactorStart(normal(1, shapeOfA()), zeros(shapeOfB()));
        case ORTHOGONAL -> orthogonal();
        case EVA, MICA ->
            throw new InvalidInputException(
                "initialization %s is read from files but not started here"
                    .formatted(start.spelling()));
      };
    }

    /** U(+-1/sqrt(fan in)), where the first dimension is not summed over. */
    private Tensor kaiming(long[] shape) {
      double fanIn = 1;
      for (int i = 1; i < shape.length; i++) {
        fanIn *= shape[i];
      }
      double bound = 1 / Math.sqrt(fanIn);
      return empty(shape).uniform_(-bound, bound, generator);
    }

    private Tensor normal(double deviation, long... shape) {
      return empty(shape).normal_(0, deviation, generator);
    }

    /** Even rows of an orthogonal matrix carry A and odd ones B, so that B A = 0. */
    private FactorStart orthogonal() {
      if (rank % 2 != 0 || layer.description().groups() > 1) {
        throw new InvalidInputException(
            "%s: the orthogonal initialization needs an even rank and no groups, got rank %d"
                .formatted(layer.description(), rank));
      }
      Tensor q = linalg_qr(normal(1, rank, rank), "reduced").get0(); // (r,r)
      Tensor even = everySecond(q, 0); // (r/2,r)
      Tensor odd = everySecond(q, 1);
      Tensor a = normal(ORTHOGONAL_SCALE, layer.columns(), rank / 2).mm(even).t(); // (r,columns)
      Tensor b = normal(ORTHOGONAL_SCALE, layer.outputs(), rank / 2).mm(odd); // (out,r)
      return new FactorStart(a.reshape(shapeOfA()).contiguous(), b.reshape(shapeOfB()));
    }

    private static Tensor everySecond(Tensor rows, long first) {
      return rows.slice(0, new LongOptional(first), new LongOptional(), 2);
    }

    private long[] shapeOfA() {
      return layer.shapeOfA(rank);
    }

    private long[] shapeOfB() {
      return layer.shapeOfB(rank);
    }
  }
}
