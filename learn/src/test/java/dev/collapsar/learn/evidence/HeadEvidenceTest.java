package dev.collapsar.learn.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HeadEvidenceTest {
  @Test
  void whereAClassHasNoSampleNothingIsSaidOfItsMean() {
    Matrix update = Matrix.of(3, 2, 1, 0, 0, 1, 1, 1);
    Matrix means = Matrix.of(3, 2, 1, 2, Double.NaN, Double.NaN, 3, 5);
    HeadEvidence head = new HeadEvidence(update, Optional.of(update), means);

    List<Measurement> found = new ArrayList<>(head.overlaps(true));
    found.add(head.towardsClasses());
    found.addAll(head.columns(List.of(update, update)));

    assertFalse(found.isEmpty());
    for (Measurement number : found) {
      assertEquals(
          "class 1 has no samples, and so no mean", ((Measurement.Undefined) number).reason());
    }
  }
}
