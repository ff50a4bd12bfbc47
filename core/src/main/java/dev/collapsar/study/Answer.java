package dev.collapsar.study;

import dev.collapsar.inference.SeedValues.Conclusion;
import dev.collapsar.study.Hypothesis.Claim;
import java.util.List;

/**
 * The answer of the runs to a hypothesis, for one arm.
 *
 * @param contrast adjusted over the family of all hypotheses
 * @param evidence further facts, a phrase each
 */
public record Answer(Hypothesis hypothesis, Contrast contrast, List<String> evidence) {
  public Answer {
    evidence = List.copyOf(evidence);
  }

  /** Of a claim that nothing changed, equivalence; of a difference, difference. */
  public boolean holds() {
    return contrast.conclusion()
        == (hypothesis.claim() == Claim.UNCHANGED ? Conclusion.EQUIVALENT : Conclusion.DIFFERENT);
  }
}
