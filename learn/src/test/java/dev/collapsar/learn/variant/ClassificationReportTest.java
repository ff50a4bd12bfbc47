package dev.collapsar.learn.variant;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.run.RunRecord.ClassScore;
import dev.collapsar.run.RunRecord.Classification;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Values by hand, as scikit-learn's classification_report with zero_division=0 gives them. */
class ClassificationReportTest {
  private static final double EXACT = 1e-15; // a few divisions and sums of numbers up to 1

  @Test
  void precisionRecallAndF1AreThoseOfTheCounts() {
    // Truth a a a a b b; said a a a b b a.
    Classification report =
        ClassificationReport.of(
            "full",
            "clean test",
            List.of("a", "b"),
            new int[] {0, 0, 0, 0, 1, 1},
            new int[] {0, 0, 0, 1, 1, 0});
    assertEquals("full", report.variant());
    assertEquals("clean test", report.on());
    assertScore("a", 3.0 / 4, 3.0 / 4, 3.0 / 4, 4, report.classes().get(0));
    assertScore("b", 1.0 / 2, 1.0 / 2, 1.0 / 2, 2, report.classes().get(1));
    assertEquals(4.0 / 6, report.accuracy(), EXACT);
    assertEquals(List.of(List.of(3L, 1L), List.of(1L, 1L)), report.confusion());
    assertScore("macro avg", 5.0 / 8, 5.0 / 8, 5.0 / 8, 6, report.macro());
    assertScore("weighted avg", 2.0 / 3, 2.0 / 3, 2.0 / 3, 6, report.weighted());
  }

  @Test
  void aClassNeverSaidAndAnAbsentOneCountAsZeroButAreAveraged() {
    // Truth a a b; said a c a: b is never said, c is absent.
    Classification report =
        ClassificationReport.of(
            "head", "on", List.of("a", "b", "c"), new int[] {0, 0, 1}, new int[] {0, 2, 0});
    assertScore("a", 1.0 / 2, 1.0 / 2, 1.0 / 2, 2, report.classes().get(0));
    assertScore("b", 0, 0, 0, 1, report.classes().get(1));
    assertScore("c", 0, 0, 0, 0, report.classes().get(2));
    assertEquals(1.0 / 3, report.accuracy(), EXACT);
    assertScore("macro avg", 1.0 / 6, 1.0 / 6, 1.0 / 6, 3, report.macro());
    assertScore("weighted avg", 1.0 / 3, 1.0 / 3, 1.0 / 3, 3, report.weighted());
  }

  @Test
  void f1IsTheHarmonicMean() {
    // Truth a a a b; said a b b b: precision 1, recall 1/3; precision 1/3, recall 1.
    Classification report =
        ClassificationReport.of(
            "x", "on", List.of("a", "b"), new int[] {0, 0, 0, 1}, new int[] {0, 1, 1, 1});
    assertScore("a", 1, 1.0 / 3, 1.0 / 2, 3, report.classes().get(0));
    assertScore("b", 1.0 / 3, 1, 1.0 / 2, 1, report.classes().get(1));
    assertScore("macro avg", 2.0 / 3, 2.0 / 3, 1.0 / 2, 4, report.macro());
    assertScore("weighted avg", 5.0 / 6, 1.0 / 2, 1.0 / 2, 4, report.weighted());
  }

  private static void assertScore(
      String label, double precision, double recall, double f1, long support, ClassScore score) {
    assertEquals(label, score.label());
    assertEquals(precision, score.precision(), EXACT, label);
    assertEquals(recall, score.recall(), EXACT, label);
    assertEquals(f1, score.f1(), EXACT, label);
    assertEquals(support, score.support(), label);
  }
}
