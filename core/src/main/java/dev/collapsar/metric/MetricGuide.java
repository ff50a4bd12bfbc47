package dev.collapsar.metric;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a person reads a metric: what a report prints beside its numbers. The definitions themselves
 * stand where the metrics are computed.
 *
 * @param meaning one sentence for someone who has not seen the formula
 * @param ideal where the number goes as collapse becomes complete (or learning succeeds), such as
 *     {@code 0}; empty where there is no such limit
 */
public record MetricGuide(
    String id, String title, Group group, Scale scale, String meaning, String ideal) {
  /** The axis that shows the metric's changes. */
  public enum Scale {
    LINEAR,
    /** Falls by orders of magnitude. */
    LOG,
    /** A share of samples, said in percent. */
    PERCENT
  }

  /** What a metric speaks of, in the order in which a reader wants it. */
  public enum Group {
    LEARNING("Learning", "What training itself reports, on the samples that were trained on."),
    WITHIN("NC1: samples gather at their class mean", "Scatter within classes vanishes."),
    MEANS(
        "NC2: class means become a simplex",
        "Equally long, equally far apart, as far apart as they can be."),
    DUALITY("NC3: the classifier turns to the means", "Each class's weights point at its mean."),
    DECISION("NC4: the nearest mean decides", "The network becomes a nearest-class-mean rule."),
    OUTSIDE("NC5: strangers fall in the middle", "Other data is orthogonal to every class mean."),
    RANK("Effective rank", "How many directions carry the features or the update."),
    ALIGNMENT("Adapter alignment", "Where the adapter points, against chance."),
    FEEDBACK("Feedback alignment", "The teaching signal against the true gradient, and chance."),
    OTHER("Other measures", "");

    private final String title;
    private final String lead;

    Group(String title, String lead) {
      this.title = title;
      this.lead = lead;
    }

    public String title() {
      return title;
    }

    public String lead() {
      return lead;
    }
  }

  private static final Pattern CALIBRATED = Pattern.compile("(.+)_(null_mean|null_std|z|p)");
  private static final Pattern LAYER = Pattern.compile("feedback_cos_l(\\d+)");

  private static final Map<String, MetricGuide> KNOWN =
      Arrays.stream(
              new MetricGuide[] {
                guide(
                    "loss_train",
                    "Training loss",
                    Group.LEARNING,
                    Scale.LOG,
                    "Mean cross-entropy on the training samples.",
                    "0"),
                guide(
                    "loss_test",
                    "Test loss",
                    Group.LEARNING,
                    Scale.LOG,
                    "Mean cross-entropy on the test samples.",
                    ""),
                guide(
                    "accuracy_train",
                    "Training accuracy",
                    Group.LEARNING,
                    Scale.PERCENT,
                    "Share of the training samples classified right.",
                    "100%"),
                guide(
                    "accuracy_test",
                    "Clean test accuracy",
                    Group.LEARNING,
                    Scale.PERCENT,
                    "Share of the unshifted test samples classified right.",
                    "100%"),
                guide(
                    "accuracy_shifted",
                    "Shifted test accuracy",
                    Group.LEARNING,
                    Scale.PERCENT,
                    "Share of the shifted test samples classified right.",
                    "100%"),
                guide(
                    "nc1_pinv",
                    "Within over between",
                    Group.WITHIN,
                    Scale.LOG,
                    "Scatter around the class means, seen along the directions that separate the"
                        + " means: tr(S_W S_B⁺) / K.",
                    "0"),
                guide(
                    "nc1_svd",
                    "Within over between, top K−1",
                    Group.WITHIN,
                    Scale.LOG,
                    "As the pseudo-inverse form, with exactly the K−1 leading directions of S_B.",
                    "0"),
                guide(
                    "nc1_quot",
                    "Trace quotient",
                    Group.WITHIN,
                    Scale.LOG,
                    "All scatter within classes over all scatter between them: tr S_W / tr S_B.",
                    "0"),
                guide(
                    "nc1_trace",
                    "Within over between, unscaled",
                    Group.WITHIN,
                    Scale.LOG,
                    "tr(S_W S_B⁺), not divided by the number of classes.",
                    "0"),
                guide(
                    "nc1_cdnv",
                    "Class-distance variance",
                    Group.WITHIN,
                    Scale.LOG,
                    "Variance of two classes over the squared distance of their means, averaged"
                        + " over pairs (CDNV).",
                    "0"),
                guide(
                    "nc1_vci",
                    "Variability collapse index",
                    Group.WITHIN,
                    Scale.LINEAR,
                    "Share of the variance along the means' directions that is within classes.",
                    "0"),
                guide(
                    "nc2_etf_err",
                    "Distance from the simplex",
                    Group.MEANS,
                    Scale.LINEAR,
                    "How far the Gram matrix of the centred means is from that of a simplex.",
                    "0"),
                guide(
                    "nc2_norm_cov_means",
                    "Unequal mean lengths",
                    Group.MEANS,
                    Scale.LINEAR,
                    "Deviation over mean of the lengths of the centred class means.",
                    "0"),
                guide(
                    "nc2_norm_cov_weights",
                    "Unequal weight lengths",
                    Group.MEANS,
                    Scale.LINEAR,
                    "Deviation over mean of the lengths of the classifier's rows.",
                    "0"),
                guide(
                    "nc2_coherence_means",
                    "Unequal mean angles",
                    Group.MEANS,
                    Scale.LINEAR,
                    "Average distance of the cosines between centred means from −1/(K−1).",
                    "0"),
                guide(
                    "nc2_coherence_weights",
                    "Unequal weight angles",
                    Group.MEANS,
                    Scale.LINEAR,
                    "Average distance of the cosines between classifier rows from −1/(K−1).",
                    "0"),
                guide(
                    "nc3_dual_err",
                    "Distance from self-duality",
                    Group.DUALITY,
                    Scale.LINEAR,
                    "How far the products of classifier rows and centred means are from a simplex.",
                    "0"),
                guide(
                    "nc3_frobenius",
                    "Weights against means",
                    Group.DUALITY,
                    Scale.LINEAR,
                    "Squared distance of the classifier from the centred means, each scaled to"
                        + " unit norm.",
                    "0"),
                guide(
                    "nc3u_uni_dual",
                    "Uneven duality",
                    Group.DUALITY,
                    Scale.LOG,
                    "Variance over classes of the product of weight row and centred mean.",
                    "0"),
                guide(
                    "nc3_cos_mean",
                    "Cosine of weights and means",
                    Group.DUALITY,
                    Scale.LINEAR,
                    "Mean cosine of each class's weights with its centred mean.",
                    "1"),
                guide(
                    "nc4_agree",
                    "Nearest-mean agreement",
                    Group.DECISION,
                    Scale.PERCENT,
                    "Share of samples that the nearest class mean decides as the network does.",
                    "100%"),
                guide(
                    "nc4_mismatch",
                    "Nearest-mean mismatch",
                    Group.DECISION,
                    Scale.PERCENT,
                    "Share of samples that the nearest class mean decides otherwise.",
                    "0%"),
                guide(
                    "nc5_ood_dev",
                    "Outsiders along the means",
                    Group.OUTSIDE,
                    Scale.LINEAR,
                    "Mean |cosine| of the other data's mean with each class mean, uncentred.",
                    "0"),
                guide(
                    "rank_effective_95",
                    "Effective rank, 95%",
                    Group.RANK,
                    Scale.LINEAR,
                    "Directions that hold 95% of the spectrum.",
                    "K−1"),
                guide(
                    "rank_effective_99",
                    "Effective rank, 99%",
                    Group.RANK,
                    Scale.LINEAR,
                    "Directions that hold 99% of the spectrum.",
                    "K−1"),
                guide(
                    "rank_entropy",
                    "Entropy rank",
                    Group.RANK,
                    Scale.LINEAR,
                    "Exponential of the spectrum's entropy: a smooth count of directions.",
                    "K−1"),
                guide(
                    "align_cos_abs",
                    "Adapter along the means",
                    Group.ALIGNMENT,
                    Scale.LINEAR,
                    "Mean |cosine| of the adapter's directions with the centred class means.",
                    ""),
                guide(
                    "align_projection",
                    "Means inside the adapter",
                    Group.ALIGNMENT,
                    Scale.LINEAR,
                    "Share of the centred means that lies in the adapter's subspace; by chance"
                        + " rank/dimension.",
                    ""),
                guide(
                    "align_angle_max",
                    "Largest principal angle",
                    Group.ALIGNMENT,
                    Scale.LINEAR,
                    "Largest principal angle of the adapter's subspace with the means' subspace.",
                    ""),
                guide(
                    "feedback_cos_deep",
                    "Feedback cosine, deep layers",
                    Group.FEEDBACK,
                    Scale.LINEAR,
                    "Mean cosine of the teaching signal with the true gradient below the head.",
                    "1")
              })
          .collect(Collectors.toUnmodifiableMap(MetricGuide::id, Function.identity()));

  private static MetricGuide guide(
      String id, String title, Group group, Scale scale, String meaning, String ideal) {
    return new MetricGuide(id, title, group, scale, meaning, ideal);
  }

  /** The guide to any id; one that is not known here is its own title. */
  public static MetricGuide of(String id) {
    MetricGuide known = KNOWN.get(id);
    if (known != null) {
      return known;
    }
    Matcher calibrated = CALIBRATED.matcher(id);
    if (calibrated.matches()) {
      return of(calibrated.group(1)).calibrated(id, calibrated.group(2));
    }
    Matcher layer = LAYER.matcher(id);
    if (layer.matches()) {
      return guide(
          id,
          "Feedback cosine, layer " + layer.group(1),
          Group.FEEDBACK,
          Scale.LINEAR,
          "Mean cosine of the layer's teaching signal with its true gradient.",
          "1");
    }
    Group group = id.startsWith("nc2") ? Group.MEANS : Group.OTHER;
    return guide(id, id, group, Scale.LINEAR, "", "");
  }

  private MetricGuide calibrated(String id, String column) {
    return switch (column) {
      case "null_mean" -> guide(id, title + ": chance", group, scale, "Mean under the null.", "");
      case "null_std" ->
          guide(id, title + ": spread of chance", group, scale, "Deviation under the null.", "");
      case "z" ->
          guide(
              id, title + ": z", group, Scale.LINEAR, "Deviations of the null above its mean.", "");
      default ->
          guide(
              id,
              title + ": p",
              group,
              Scale.LOG,
              "Share of the null at least as large: (1 + #)/(1 + draws).",
              "");
    };
  }
}
