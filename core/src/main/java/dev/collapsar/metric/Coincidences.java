package dev.collapsar.metric;

import static dev.collapsar.metric.MetricId.*;

import dev.collapsar.stats.PairwiseKernel;
import java.util.concurrent.atomic.AtomicLong;

/** Looks for the first pair of class means at distance zero, as they are or as directions. */
final class Coincidences implements PairwiseKernel {
  private static final long NONE = Long.MAX_VALUE;

  private final AtomicLong means = new AtomicLong(NONE);
  private final AtomicLong directions = new AtomicLong(NONE);

  @Override
  public void evaluate(Strip pairs, double[] to) {
    for (int c = 0; c < pairs.count(); c++) {
      to[c] = 0;
      long pair = (long) pairs.row() << Integer.SIZE | pairs.from() + c;
      if (pairs.squaredDistances()[c] == 0) {
        means.accumulateAndGet(pair, Math::min);
      }
      if (pairs.squaredChords()[c] == 0) {
        directions.accumulateAndGet(pair, Math::min);
      }
    }
  }

  /** Says which kernels have no value at such a pair. */
  void undefine(ClassGeometry geometry, MetricSheet sheet) {
    if (means.get() != NONE) {
      sheet.undefined(
          describe("the means of classes %d and %d coincide", means.get(), geometry), NC1_CDNV);
    }
    if (directions.get() != NONE) {
      String reason =
          describe(
              "the centred means of classes %d and %d have the same direction",
              directions.get(), geometry);
      sheet.undefined(reason, NC2G_LOG, NC2G_LOG_MEAN);
      if (geometry.width() > 2) {
        sheet.undefined(reason, NC2G_RIESZ, NC2G_RIESZ_MEAN);
      }
    }
  }

  private static String describe(String message, long pair, ClassGeometry geometry) {
    return message.formatted(
        geometry.label((int) (pair >> Integer.SIZE)), geometry.label((int) pair));
  }
}
