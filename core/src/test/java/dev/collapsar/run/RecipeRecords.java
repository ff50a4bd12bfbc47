package dev.collapsar.run;

import dev.collapsar.metric.Measurement;
import dev.collapsar.run.RunRecord.Row;
import dev.collapsar.run.RunRecord.Variant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Records as sweeps of ranks, layers and learning rules leave them; free texts end in a text. */
public final class RecipeRecords {
  private static final List<String> TAPS =
      List.of("conv1", "layer1", "layer2", "layer3", "layer4", "features");
  private static final List<Integer> RANKS = List.of(1, 2, 4, 8, 16);
  private static final List<String> SWEPT =
      List.of(
          ("loss_train loss_test accuracy_train accuracy_test loss_regularised nc1_pinv nc1_trace"
                  + " nc1_quot nc1_cdnv nc1_vci nc2_etf_err nc2_norm_cov_means nc2_norm_cov_weights"
                  + " nc2_coherence_means nc2_coherence_weights nc2g_dist nc2g_log nc3_dual_err"
                  + " nc3_frobenius nc3u_uni_dual nc4_agree nc4_mismatch nc5_ood_dev"
                  + " rank_effective_95"
                  + " rank_effective_99 rank_entropy align_cos_abs align_cos_abs_null_mean"
                  + " align_cos_abs_null_std align_cos_abs_z align_cos_abs_p align_projection"
                  + " align_projection_null_mean align_projection_null_std align_projection_z"
                  + " align_projection_p align_angle_max update_norm update_rank means_change")
              .split(" "));
  private static final List<String> LAYERED =
      List.of(
          ("nc1_pinv nc1_svd nc1_quot nc1_trace nc1_cdnv nc1_vci nc2_etf_err nc2_norms_mean"
                  + " nc2_norms_std nc2_norm_cov_means nc2_coherence_means nc2g_dist nc2g_dist_mean"
                  + " nc2g_log nc2g_log_mean nc4_agree nc5_ood_dev rank_effective_95"
                  + " rank_effective_99 rank_entropy")
              .split(" "));

  private RecipeRecords() {}

  /** 8 variants, 40 metrics, 20 epochs; the exhibits of a sweep of ranks, verdicts among them. */
  public static RunRecord loraRanks(String text) {
    List<Variant> variants = new ArrayList<>();
    variants.add(variant("base" + text, "pretrain", 11_173_962));
    variants.add(variant("head" + text, "adapt", 5_130));
    variants.add(variant("full" + text, "adapt", 11_173_962));
    RANKS.forEach(rank -> variants.add(variant("lora-r" + rank + text, "adapt", 522L * rank)));
    List<Row> rows = new ArrayList<>();
    for (int v = 0; v < variants.size(); v++) {
      for (int epoch = 0; epoch <= 20; epoch++) {
        for (int m = 0; m < SWEPT.size(); m++) {
          String metric = SWEPT.get(m);
          Measurement measured =
              epoch == 0 && metric.startsWith("align")
                  ? Measurement.undefined(metric, "the update is zero before the first step" + text)
                  : Measurement.of(metric, course(metric, m, v, epoch / 20.0));
          rows.add(row(variants.get(v), epoch, "", measured));
        }
      }
    }
    return record("lora-ranks", variants, rows, sweepExhibits(text));
  }

  /** 1 variant, 20 metrics in each of 6 layers, 60 epochs, and the accuracies of the network. */
  public static RunRecord collapseLayers(String text) {
    Variant network = variant("resnet18" + text, "train", 702_138);
    List<Row> rows = new ArrayList<>();
    for (int epoch = 0; epoch <= 60; epoch++) {
      double t = epoch / 60.0;
      for (String metric : List.of("loss_train", "accuracy_train", "accuracy_test")) {
        rows.add(row(network, epoch, "", Measurement.of(metric, course(metric, 0, 1, t))));
      }
      for (int layer = 0; layer < TAPS.size(); layer++) {
        for (int m = 0; m < LAYERED.size(); m++) {
          String metric = LAYERED.get(m);
          boolean undefined = metric.equals("nc1_svd") && layer == 0 && epoch < 12;
          double value = course(metric, m, layer, t * (1 + layer) / 4);
          rows.add(
              row(
                  network,
                  epoch,
                  TAPS.get(layer) + text,
                  undefined
                      ? Measurement.undefined(metric, "the class means coincide" + text)
                      : Measurement.of(metric, value)));
        }
      }
    }
    return record("collapse-layers", List.of(network), rows, List.of());
  }

  /** 3 learning rules; cosines of either sign in each of 5 layers beside accuracies, 8 epochs. */
  public static RunRecord feedbackNull(String text) {
    List<Variant> rules =
        Stream.of("bp", "dfa", "dfa-l2")
            .map(rule -> variant(rule + text, "train", 1_316_874))
            .toList();
    List<Row> rows = new ArrayList<>();
    for (int v = 0; v < rules.size(); v++) {
      for (int epoch = 0; epoch <= 8; epoch++) {
        for (String metric : List.of("accuracy_train", "accuracy_test", "feedback_cos_deep")) {
          double value = course(metric, 1, v, epoch / 8.0);
          rows.add(row(rules.get(v), epoch, "", Measurement.of(metric, value)));
        }
        for (int layer = 0; layer < 5; layer++) {
          double cosine = .3 * Math.sin(v + layer - 1 + epoch / 4.0);
          double norm = Math.pow(10, layer - epoch / 3.0 - v);
          String tap = "l" + layer + text;
          rows.add(row(rules.get(v), epoch, tap, Measurement.of("feedback_cos", cosine)));
          rows.add(row(rules.get(v), epoch, tap, Measurement.of("gradient_norm", norm)));
          rows.add(row(rules.get(v), epoch, tap, Measurement.of("feedback_cos_null_mean", 0)));
          rows.add(row(rules.get(v), epoch, tap, Measurement.of("feedback_cos_null_std", .04)));
        }
      }
    }
    return record("feedback-null", rules, rows, sweepExhibits(text).subList(0, 4));
  }

  private static RunRecord record(
      String recipe, List<Variant> variants, List<Row> rows, List<ReportItem> exhibits) {
    RunRecord like = RunRecords.domainShift();
    return RecordDraft.begun(recipe, "A synthetic " + recipe, like.environment(), like.started())
        .status(RunRecord.Status.COMPLETE)
        .finished(like.started().plusSeconds(600))
        .settings(like.settings())
        .seed(42)
        .data(like.data())
        .variants(variants)
        .measurements(rows)
        .exhibits(exhibits)
        .metrics(FormatOne.infos(rows))
        .record();
  }

  private static Variant variant(String name, String stage, long trained) {
    return new Variant(name, stage, 11_173_962, trained, List.of("fc.weight"), null);
  }

  private static Row row(Variant variant, int epoch, String layer, Measurement measured) {
    return Row.of(variant.name(), variant.stage(), epoch, layer, measured);
  }

  /** Falls or rises from 0 to 1 of the way, the faster the later the variant. */
  private static double course(String metric, int m, int v, double way) {
    double left = Math.exp(-(1 + v) * way) * (1 + .02 * Math.sin(m + 7 * way));
    if (metric.startsWith("accuracy") || metric.equals("nc4_agree")) {
      return Math.min(1, .99 - .9 * left + .001 * v);
    }
    return (m % 3 + 1) * left * Math.pow(10, -m % 4) + 1e-4;
  }

  private static List<ReportItem> sweepExhibits(String text) {
    List<Double> epochs = IntStream.rangeClosed(1, 20).mapToObj(e -> (double) e).toList();
    List<ReportItem> exhibits = new ArrayList<>();
    exhibits.add(
        new ReportItem.Answer(
            "Persistence" + text,
            "Does collapse persist under low-rank adaptation of the last layer?" + text,
            "Yes: nc1_trace moves by less than 2% at every rank, and by 61% under full fine-tuning."
                + text,
            List.of(
                "nc1_trace at the end: 0.412 before, 0.409 to 0.415 over the ranks" + text,
                "full fine-tuning: 0.161")));
    exhibits.add(
        new ReportItem.Answer(
            "Alignment",
            "Do the adapter's directions align with the class means?",
            "Beyond chance at ranks 1 to 8; at rank 16 the subspace holds all means whatever it"
                + " learned.",
            List.of(
                "z from 11.2 to 40.3 over the ranks", "p = 1/1001 at each, the least possible")));
    exhibits.add(
        new ReportItem.LineChart(
            "Adapter along the class means" + text,
            "Mean |cosine| of the adapter's directions with the centred class means." + text,
            ReportItem.Axis.linear("epoch" + text),
            ReportItem.Axis.linear("mean |cosine|" + text),
            curves(text, epochs, r -> t -> .05 + .4 / r * (1 - Math.exp(-t / 4))),
            List.of(
                band("random subspaces, 95%" + text, null, epochs, t -> .02, t -> .06),
                band("shuffled labels, 95%", "lora-r1" + text, epochs, t -> .03, t -> .09))));
    exhibits.add(
        new ReportItem.LineChart(
            "Collapse while tuning" + text,
            "NC1 by rank." + text,
            ReportItem.Axis.linear("epoch"),
            ReportItem.Axis.log("nc1_trace"),
            curves(text, epochs, r -> t -> Math.exp(-t / (3 + r)) / r),
            List.of(
                band("chance" + text, null, epochs, t -> t < 8 ? .01 : -.01, t -> .3),
                band("one place", null, List.of(20.0), t -> .5, t -> .9))));
    exhibits.addAll(DigitNineRecords.exhibits(text));
    for (String metric : SWEPT.subList(5, 12)) {
      exhibits.add(
          new ReportItem.LineChart(
              metric,
              "",
              ReportItem.Axis.linear("rank"),
              ReportItem.Axis.linear(metric),
              curves(text, epochs, r -> t -> t / r)));
    }
    return exhibits;
  }

  /** One a rank and five without a variant: ten lines. */
  private static List<ReportItem.Curve> curves(
      String text, List<Double> x, IntFunction<DoubleUnaryOperator> course) {
    List<ReportItem.Curve> curves = new ArrayList<>();
    for (int rank : RANKS) {
      String name = "lora-r" + rank + text;
      curves.add(new ReportItem.Curve(name, name, x, values(x, course.apply(rank))));
    }
    for (String other : List.of("head", "full", "notebook", "companion", "permuted labels")) {
      DoubleUnaryOperator raised = course.apply(2 + other.length());
      curves.add(
          new ReportItem.Curve(
              other + text, null, x, values(x, t -> 1.1 * raised.applyAsDouble(t))));
    }
    return curves;
  }

  private static ReportItem.Band band(
      String name,
      String variant,
      List<Double> x,
      DoubleUnaryOperator low,
      DoubleUnaryOperator high) {
    return new ReportItem.Band(name, variant, x, values(x, low), values(x, high));
  }

  private static List<Double> values(List<Double> x, DoubleUnaryOperator y) {
    return x.stream().map(v -> y.applyAsDouble(v)).toList();
  }
}
