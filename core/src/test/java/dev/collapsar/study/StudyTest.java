package dev.collapsar.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.Golden;
import dev.collapsar.InvalidInputException;
import dev.collapsar.calibration.NullColumns;
import dev.collapsar.inference.Interval;
import dev.collapsar.inference.SeedValues;
import dev.collapsar.inference.SeedValues.Conclusion;
import dev.collapsar.inference.SeedValues.Scale;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.metric.WithinClass;
import dev.collapsar.run.RunRecord;
import dev.collapsar.study.Hypothesis.Claim;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class StudyTest {
  private static final double SAME = 1e-12;

  private final JsonNode golden;

  StudyTest() throws IOException {
    golden = new ObjectMapper().readTree(Golden.path("evidence/analytic/expected.json").toFile());
  }

  private static double[] doubles(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false)
        .mapToDouble(JsonNode::asDouble)
        .toArray();
  }

  private static Study study(List<StudyRun> runs, String control, Hypothesis... hypotheses) {
    return Study.of(
        RunSet.of(runs), new Question("", Optional.ofNullable(control), 1.1, List.of(hypotheses)));
  }

  @Test
  void positiveMeasuresAreAveragedAndComparedOnLogarithmsPairedBySeed() {
    JsonNode seeds = golden.get("seeds");
    List<StudyRun> runs =
        StudyRecords.pairs("nc1_pinv", doubles(seeds.get("control")), doubles(seeds.get("values")));

    Study study = study(runs, "head");

    Cell head = // the reference's ratio is of its control to its values
        study.cells().stream().filter(c -> c.arm().variant().equals("head")).findFirst().get();
    SeedValues values = head.means().values().orElseThrow();
    Interval interval = values.interval().orElseThrow();
    assertEquals(seeds.get("geometric_mean").asDouble(), values.mean(), SAME);
    assertEquals(seeds.get("low").asDouble(), interval.low(), SAME);
    assertEquals(seeds.get("high").asDouble(), interval.high(), SAME);
    Contrast contrast = study.contrasts().get(0);
    Interval ratio = contrast.pairs().values().orElseThrow().interval().orElseThrow();
    assertEquals(seeds.get("ratio").asDouble(), contrast.pairs().values().get().mean(), SAME);
    assertEquals(seeds.get("ratio_low").asDouble(), ratio.low(), SAME);
    assertEquals(seeds.get("ratio_high").asDouble(), ratio.high(), SAME);
    assertEquals(seeds.get("p_paired").asDouble(), contrast.p().getAsDouble(), SAME);
    assertEquals(seeds.get("tost_p").asDouble(), contrast.equivalenceP().getAsDouble(), SAME);
    assertEquals(Conclusion.DIFFERENT, contrast.conclusion());
  }

  @Test
  void twoGroupsOfSeedsAreHeldAgainstEachOtherSeedBySeed() {
    JsonNode seeds = golden.get("seeds");
    double[] values = doubles(seeds.get("values"));
    double[] control = doubles(seeds.get("control"));
    // The reference's ratio is of its control to its values.
    List<StudyRun> before = StudyRecords.pairs("nc1_pinv", values, values);
    List<StudyRun> after = StudyRecords.pairs("nc1_pinv", values, control);

    StudyDiff diff = StudyDiff.between(RunSet.of(before), RunSet.of(after));

    StudyDiff.Row head = diff.rows().get(0);
    StudyDiff.Row lora = diff.rows().get(1);
    Interval ratio = head.apart().values().orElseThrow().interval().orElseThrow();
    assertEquals("head", head.arm().variant());
    assertEquals(seeds.get("ratio").asDouble(), head.apart().values().get().mean(), SAME);
    assertEquals(seeds.get("ratio_low").asDouble(), ratio.low(), SAME);
    assertEquals(seeds.get("ratio_high").asDouble(), ratio.high(), SAME);
    assertTrue(head.differs());
    assertFalse(lora.differs());
    List<StudyRun> others =
        List.of(StudyRecords.seed(99).measured("head", "nc1_pinv", 1, 2).run("seed=99"));
    String refused =
        assertThrows(
                InvalidInputException.class,
                () -> StudyDiff.between(RunSet.of(before), RunSet.of(others)))
            .getMessage();
    assertTrue(refused.contains("no seed in common") && refused.contains("99"), refused);
  }

  @Test
  void whatGoesAgainstOneControlIsOneFamilyAMetric() {
    List<StudyRun> runs = new ArrayList<>();
    double[][] seconds = {{1.1, 1.2, 1.15, 1.3, 1.25}, {1.0, 1.02, .9, 1.1, 1.05}};
    for (int i = 0; i < 5; i++) {
      runs.add(
          StudyRecords.seed(i)
              .measured("head", "nc1_pinv", 1)
              .measured("a", "nc1_pinv", seconds[0][i])
              .measured("b", "nc1_pinv", seconds[1][i])
              .run("seed=" + i));
    }

    List<Contrast> contrasts = study(runs, "head").contrasts();

    double[] p = contrasts.stream().mapToDouble(c -> c.p().getAsDouble()).toArray();
    assertEquals(2, contrasts.size());
    assertEquals(2 * p[0], contrasts.get(0).adjusted().getAsDouble(), SAME);
    assertEquals(p[1], contrasts.get(1).adjusted().getAsDouble(), SAME);
  }

  @Test
  void adaptationsOfOneBaseAreAveragedBeforeAnythingElse() {
    List<StudyRun> runs = new ArrayList<>();
    for (int seed = 1; seed <= 5; seed++) {
      for (int adapt = 1; adapt <= 2; adapt++) {
        runs.add(
            StudyRecords.seed(seed)
                .with("adapt.seed", Integer.toString(adapt))
                .measured("head", "nc1_pinv", seed * Math.pow(4, adapt))
                .run("seed=" + seed + ",adapt.seed=" + adapt));
      }
    }

    SeedMeans means = study(runs, null).cells().get(0).means();

    assertEquals(5, means.count());
    assertEquals(3 * 8, means.bySeed().get(3L), 1e-12); // the geometric mean of 12 and 48
  }

  @Test
  void twoSeedsHaveValuesThreeAndFourIntervalsAndFiveVerdicts() {
    for (int n = 1; n <= 5; n++) {
      double[] values = Arrays.copyOf(new double[] {2, 2.1, 2.2, 2.15, 2.05}, n);
      double[] control = Arrays.copyOf(new double[] {1, 1, 1, 1, 1}, n);
      Contrast contrast =
          study(StudyRecords.pairs("nc1_pinv", values, control), "head").contrasts().get(0);
      assertEquals(n >= 3, contrast.pairs().values().get().interval().isPresent(), "n = " + n);
      assertEquals(n >= 3, contrast.p().isPresent());
      assertEquals(n >= 5 ? Conclusion.DIFFERENT : Conclusion.TOO_FEW, contrast.conclusion());
    }
  }

  @Test
  void whatCannotBeDecidedSaysHowManySeedsWould() {
    double[] control = {1, 1, 1, 1, 1};
    double[] values = {1.3, .8, 1.1, .9, 1.05};

    Contrast contrast =
        study(StudyRecords.pairs("nc1_pinv", values, control), "head").contrasts().get(0);

    assertEquals(Conclusion.UNDECIDED, contrast.conclusion());
    // sd of ln ratios .1887, ln 1.1 .0953: (t(.95) + t(.9)) sd / sqrt(n) is .0968 at 36, .0952 at
    // 37
    assertEquals(OptionalInt.of(35), contrast.seedsForEquivalence());
    assertTrue(contrast.seedsForDifference().getAsInt() > 100);
  }

  @Test
  void signedNumbersAndSharesAreComparedByDifferencesAndHaveNoMarginUnlessOneIsStated() {
    double[] values = {.90, .91, .92, .93, .94};
    double[] control = {.89, .91, .90, .92, .93};

    Contrast contrast =
        study(StudyRecords.pairs("nc4_agree", values, control), "head").contrasts().get(0);

    assertEquals(Scale.RAW, contrast.pairs().scale());
    assertEquals(.01, contrast.pairs().values().get().mean(), SAME);
    assertEquals(OptionalDouble.empty(), contrast.equivalenceP());
  }

  @Test
  void aNumberWithoutALogarithmIsComparedByDifferences() {
    double[] values = {0, .1, .2};
    double[] control = {.1, .1, .1};
    Contrast contrast =
        study(StudyRecords.pairs("nc1_pinv", values, control), "head").contrasts().get(0);
    assertEquals(Scale.RAW, contrast.pairs().scale());
    assertEquals(Conclusion.TOO_FEW, contrast.conclusion());
  }

  @Test
  void aValueOfAnAxisIsAControlThoughVariantsNameIt() {
    List<StudyRun> runs = new ArrayList<>();
    for (int seed = 1; seed <= 3; seed++) {
      for (int rank : new int[] {1, 16}) {
        runs.add(
            StudyRecords.seed(seed)
                .with("lora.rank", List.of(rank))
                .measured("head", "nc1_pinv", seed * (rank == 1 ? 1 : 2))
                .measured("lora-r" + rank, "nc1_pinv", rank * seed)
                .run("lora.rank=" + rank + ",seed=" + seed));
      }
    }

    List<Contrast> contrasts = study(runs, "lora.rank=1").contrasts();

    assertEquals(
        List.of("head", "lora-r16"), contrasts.stream().map(c -> c.arm().variant()).toList());
    assertEquals(2, contrasts.get(0).pairs().bySeed().get(2L));
    assertEquals(16, contrasts.get(1).pairs().bySeed().get(2L));
  }

  @Test
  void aVariantThatNoSettingChangesIsOneArmAndOneTest() {
    List<StudyRun> runs = new ArrayList<>();
    for (int seed = 1; seed <= 5; seed++) {
      for (int rank : new int[] {1, 16}) {
        runs.add(
            StudyRecords.seed(seed)
                .with("lora.rank", List.of(rank))
                .measured("head", "nc1_pinv", seed)
                .measured("full", "nc1_pinv", seed * .5)
                .measured("lora", "nc1_pinv", rank * seed)
                .run("lora.rank=" + rank + ",seed=" + seed));
      }
    }
    Hypothesis one = StudyRecords.claim(Claim.DIFFERENT, "nc1_pinv", "full", "head");

    Study study = study(runs, "head", one);

    assertEquals(
        List.of("head", "full", "lora · rank=1", "lora · rank=16"),
        study.arms().stream().map(Arm::label).toList());
    assertEquals(5, study.cells().get(0).means().count());
    assertEquals(
        List.of("full", "lora · rank=1", "lora · rank=16"),
        study.contrasts().stream().map(contrast -> contrast.arm().label()).toList());
    assertEquals(1, study.answers().size());
    assertTrue(
        study
            .notes()
            .contains(
                "Shown once, for none of the settings that differ changes a number of theirs:"
                    + " head, full."));
  }

  @Test
  void whatHasItsChanceByFormulaIsHeldAgainstThat() {
    MetricInfo level = NullColumns.of(WithinClass.NC1_QUOT.info()).info(Column.CLOSED_FORM);
    double[] quots = {1, 2, 1.5, 1.7, 1.2};
    List<StudyRun> runs = new ArrayList<>();
    for (int seed = 1; seed <= quots.length; seed++) {
      runs.add(
          StudyRecords.seed(seed)
              .described(level)
              .measured("lora", "nc1_quot", quots[seed - 1])
              .measured("lora", level.id(), 4 * quots[seed - 1])
              .run("seed=" + seed));
    }
    Hypothesis chance = StudyRecords.claim(Claim.DIFFERENT, "nc1_quot", "lora", "chance");

    Contrast contrast = study(runs, null, chance).answers().get(0).contrast();

    assertEquals(0.25, contrast.pairs().values().orElseThrow().mean(), SAME);
    Hypothesis none = StudyRecords.claim(Claim.DIFFERENT, "nc1_pinv", "lora", "chance");
    List<StudyRun> without =
        StudyRecords.pairs("nc1_pinv", new double[] {1, 2}, new double[] {1, 1});
    assertTrue(
        assertThrows(InvalidInputException.class, () -> study(without, null, none))
            .getMessage()
            .endsWith("no run has drawn a null of nc1_pinv"));
  }

  @Test
  void aHypothesisOnAChoiceThatNoRunHasIsRefused() {
    Hypothesis claim = StudyRecords.claim(Claim.DIFFERENT, "nc1_pinv", "lora", "head");
    Hypothesis nowhere =
        new Hypothesis(
            claim.title(),
            claim.claim(),
            claim.metric(),
            "",
            claim.of(),
            Map.of("lora.rank", "4"),
            claim.against(),
            claim.margin());
    List<StudyRun> runs = StudyRecords.pairs("nc1_pinv", new double[] {1, 2}, new double[] {1, 1});
    InvalidInputException refused =
        assertThrows(InvalidInputException.class, () -> study(runs, null, nowhere));
    assertTrue(refused.getMessage().contains("no run has lora.rank=4"), refused::getMessage);
  }

  @Test
  void anUndefinedNumberIsLeftOutAndItsReasonKept() {
    List<StudyRun> runs =
        new ArrayList<>(StudyRecords.pairs("nc1_pinv", new double[] {1, 2}, new double[] {1, 1}));
    runs.add(StudyRecords.seed(3).undefined("lora", "nc1_pinv", "means coincide").run("seed=3"));

    SeedMeans means = study(runs, null).cells().get(1).means();

    assertEquals(2, means.count());
    assertEquals(List.of("seed=3: means coincide"), means.left());
  }

  @Test
  void aRunThatDidNotEndIsLeftOutAndNamed() {
    List<StudyRun> runs =
        new ArrayList<>(StudyRecords.pairs("nc1_pinv", new double[] {1, 2}, new double[] {1, 1}));
    runs.add(
        StudyRecords.seed(3)
            .measured("lora", "nc1_pinv", 9)
            .ended(RunRecord.Status.FAILED)
            .run("seed=3"));

    Study study = study(runs, null);

    assertEquals(2, study.seeds().size());
    assertTrue(study.notes().get(0).contains("seed=3 (FAILED)"), () -> study.notes().toString());
  }

  @Test
  void claimsAreReadByTheirOwnTestsAsOneFamily() {
    List<StudyRun> runs =
        StudyRecords.pairs(
            "nc1_pinv", new double[] {1.01, .99, 1.02, 1.0, .98}, new double[] {1, 1, 1, 1, 1});

    Study study =
        study(
            runs,
            null,
            StudyRecords.claim(Claim.UNCHANGED, "nc1_pinv", "lora", "head"),
            StudyRecords.claim(Claim.DIFFERENT, "nc1_pinv", "lora", "head"));

    Answer same = study.answers().get(0);
    Answer other = study.answers().get(1);
    double p = same.contrast().equivalenceP().getAsDouble();
    assertEquals(2 * p, same.contrast().adjustedEquivalence().getAsDouble(), SAME);
    assertTrue(same.holds());
    assertEquals(Conclusion.UNDECIDED, other.contrast().conclusion());
    assertFalse(other.holds());
  }

  @Test
  void aVariantIsHeldAgainstItselfBeforeItsFirstStep() {
    List<StudyRun> runs =
        StudyRecords.pairs("nc1_pinv", new double[] {2, 2, 2}, new double[] {4, 4, 4});

    Study study =
        study(runs, null, StudyRecords.claim(Claim.UNCHANGED, "nc1_pinv", "lora", "start"));

    assertEquals(2, study.answers().get(0).contrast().pairs().bySeed().get(1L));
  }

  @Test
  void aFamilyThatItsDrawsCannotDecideIsSaid() {
    assertEquals(Optional.empty(), Family.undecidable(5, 199));
    assertTrue(Family.undecidable(6, 199).orElseThrow().contains("239 draws"));
    assertEquals(199, Family.leastDraws(5));
  }

  @Test
  void whatCannotBeReadTogetherIsRefused() {
    StudyRun one = StudyRecords.seed(1).measured("lora", "nc1_pinv", 1).run("a");
    StudyRun recipe = StudyRecords.seed(2).of("other").measured("lora", "nc1_pinv", 1).run("b");
    StudyRun data = StudyRecords.seed(2).on("ffff").measured("lora", "nc1_pinv", 1).run("c");
    StudyRun again = StudyRecords.seed(1).measured("lora", "nc1_pinv", 1).run("d");

    for (StudyRun other : List.of(recipe, data, again)) {
      InvalidInputException refused =
          assertThrows(InvalidInputException.class, () -> study(List.of(one, other), null));
      assertTrue(refused.getMessage().contains(other.name()), refused::getMessage);
    }
  }

  @Test
  void aControlThatDoesNotExistIsRefusedWithThoseThatDo() {
    List<StudyRun> runs = StudyRecords.pairs("nc1_pinv", new double[] {1}, new double[] {1});
    InvalidInputException refused =
        assertThrows(InvalidInputException.class, () -> study(runs, "heat"));
    assertTrue(refused.getMessage().contains("variants: head, lora"), refused::getMessage);
  }
}
