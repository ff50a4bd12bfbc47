package dev.collapsar.learn.adapter.part;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.collapsar.data.FileTensor;
import dev.collapsar.data.StoredTensor;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** By hand: Q = (0 .5; -.5 0) has the Cayley transform R = (.6 -.8; .8 .6). */
class OftPartTest {
  private static final BaseRows ONE_ROW =
      new BaseRows() {
        @Override
        public long[] shape() {
          return new long[] {1, 2};
        }

        @Override
        public void forEach(Consumer<RowBlock> block) {
          block.accept(new RowBlock(0, 1, 2, new double[] {1, 0}, 0));
        }

        @Override
        public List<long[]> adaptedShapes() {
          return List.of(shape());
        }

        @Override
        public String name() {
          return "weight";
        }
      };

  private static double[] turned(boolean ofEmbedding) {
    FileTensor triangle = FileTensor.of("r", StoredTensor.of(new double[] {.5}, 1, 1));
    OftPart part = new OftPart(triangle, 2, false, 0, Double.POSITIVE_INFINITY, ofEmbedding);
    double[] row = {1, 0};
    part.on(ONE_ROW).apply(new RowBlock(0, 1, 2, row, 0));
    return row;
  }

  @Test
  void aLinearLayersInputsAreTurnedByTheTranspose() {
    assertArrayEquals(new double[] {.6, .8}, turned(false), 1e-15);
  }

  @Test
  void anEmbeddingsRowsAreTurnedByTheRotationItself() {
    assertArrayEquals(new double[] {.6, -.8}, turned(true), 1e-15);
  }
}
