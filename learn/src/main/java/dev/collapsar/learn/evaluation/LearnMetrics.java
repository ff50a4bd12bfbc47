package dev.collapsar.learn.evaluation;

import dev.collapsar.metric.Alignment;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Group;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The descriptions of this module's numbers that are no numbers of core: of learning, of updates of
 * a head and their directions, of feedback. Of {@code <id>_l<i>} it holds what {@code <id>} is, of
 * the columns of a null what the number beside them is.
 */
public final class LearnMetrics {
  public static final MetricInfo LOSS_TRAIN =
      loss(
              "loss_train",
              "Training loss",
              "Mean loss on the training samples: cross-entropy, unless another is chosen.")
          .falling("0")
          .defined(
              "mean loss of each training batch before its update, averaged over the epoch's"
                  + " samples",
              "[0, inf)")
          .undefinedWhere("at epoch 0");

  public static final MetricInfo LOSS_TEST =
      loss("loss_test", "Test loss", "The same loss on the test samples.")
          .falling("")
          .defined("mean loss on the test set, network in evaluation mode", "[0, inf)");

  public static final MetricInfo ACCURACY_TRAIN =
      accuracy(
              "accuracy_train",
              "Training accuracy",
              "Share of the training samples classified right.")
          .headlined(1, MetricInfo.Samples.TRAINING, "")
          .defined("share of those samples whose largest logit is their class's", "[0, 1]")
          .undefinedWhere("at epoch 0");

  public static final MetricInfo ACCURACY_TEST =
      accuracy(
              "accuracy_test",
              "Test accuracy",
              "Share of the test samples, as they are, classified right.")
          .headlined(2, MetricInfo.Samples.TEST, "");

  public static final MetricInfo ACCURACY_VALIDATION =
      accuracy(
              "accuracy_validation",
              "Validation accuracy",
              "Share of the images right that choose which epoch is kept.")
          .defined("on images that are neither learned nor reported", "[0, 1]");

  public static final MetricInfo LOSS_VALIDATION =
      loss(
              "loss_validation",
              "Validation loss",
              "The same loss on the images that choose which epoch is kept.")
          .falling("")
          .defined("mean loss on them, network in evaluation mode", "[0, inf)");

  public static final MetricInfo ACCURACY_BASE =
      accuracy(
              "accuracy_base",
              "Accuracy on the base's own task",
              "Share of the base's own test images that its own head gets right on the"
                  + " representation as it is now: what is forgotten.")
          .defined(
              "decisions of the head that the base came with, on the network's representation",
              "[0, 1]");

  public static final MetricInfo ACCURACY_SHIFTED =
      accuracy(
              "accuracy_shifted",
              "Shifted test accuracy",
              "Share of the shifted test samples classified right.")
          .headlined(3, MetricInfo.Samples.SHIFTED_TEST, "")
          .defined("on the same test images under one fixed draw of the shift", "[0, 1]");

  public static final MetricInfo ACCURACY_DIGIT =
      accuracy(
          "accuracy_digit",
          "Learned digit",
          "Share of the test images of the digit that the adapter learns, classified right.");

  public static final MetricInfo ACCURACY_OTHERS =
      accuracy(
          "accuracy_others",
          "Other digits",
          "Share of all other test images classified right: what is forgotten.");

  public static final MetricInfo LOSS_TRAIN_END =
      loss(
              "loss_train_end",
              "Training loss at the epoch's end",
              "Mean loss on all training images with the network as the epoch left it.")
          .falling("0")
          .defined("loss of all training images, network in evaluation mode", "[0, inf)");

  public static final MetricInfo ACCURACY_TRAIN_END =
      accuracy(
          "accuracy_train_end",
          "Training accuracy at the epoch's end",
          "Share of all training images classified right with the network as the epoch left it; at"
              + " 100% the terminal phase begins.");

  public static final MetricInfo LOSS_REGULARIZED =
      loss(
              "loss_regularized",
              "Regularised loss",
              "Training loss plus half the weight decay times the squares of all parameters.")
          .falling("")
          .defined(
              "`loss_train_end` + (weight decay / 2) * sum of the squares of all parameters, frozen"
                  + " ones and adapters included",
              "[0, inf)");

  /** {@link Alignment#COS_ABS} with the class means before adaptation; the next two likewise. */
  public static final MetricInfo ALIGN_COS_ABS_ORIGINAL =
      ofFirstMeans(Alignment.COS_ABS.info(), "Update along the first means");

  public static final MetricInfo ALIGN_PROJECTION_ORIGINAL =
      ofFirstMeans(Alignment.PROJECTION.info(), "First means inside the update");

  public static final MetricInfo ALIGN_ANGLE_MAX_ORIGINAL =
      ofFirstMeans(Alignment.ANGLE_MAX.info(), "Largest angle to the first means");

  public static final MetricInfo ALIGN_OUTPUT_COS_ABS =
      MetricInfo.of(
              "align_output_cos_abs",
              "Update along single outputs",
              Group.ALIGNMENT,
              "Mean |cosine| of the update's output directions with the centred unit vector of each"
                  + " class.")
          .rising("")
          .defined("mean over j, k of |cos(u_j, e_k - 1/K)|", "[0, 1]");

  public static final MetricInfo ALIGN_OUTPUT_PROJECTION =
      MetricInfo.of(
              "align_output_projection",
              "Outputs inside the update",
              Group.ALIGNMENT,
              "Share of the centred outputs inside the update's output directions: rank/(K-1)"
                  + " unless all outputs move together.")
          .rising("")
          .defined("share of the centred unit vectors e_k - 1/K inside span(u)", "[0, 1]");

  public static final MetricInfo CLASS_MEAN_CHANGE =
      MetricInfo.of(
              "class_mean_change",
              "Movement of the class means",
              Group.MEANS,
              "Distance of all class means from where they were before adaptation.")
          .defined("||M_t - M_0||_F", "[0, inf)");

  public static final MetricInfo CKA_BEFORE =
      MetricInfo.of(
              "cka_before",
              "Likeness to the representation before",
              Group.OTHER,
              "Unbiased linear CKA of the representation with that of the base, on the same images;"
                  + " 0 for unrelated ones.")
          .defined("h(X_0, X) / sqrt(h(X_0, X_0) h(X, X)), h the unbiased HSIC", "[-1, 1]")
          .from("Song et al. 2012; Nguyen, Raghu, Kornblith 2021");

  public static final MetricInfo UPDATE_NORM =
      MetricInfo.of(
              "update_norm",
              "Size of the update",
              Group.RANK,
              "Frobenius norm of the head's effective weights less the original ones.")
          .defined("||D_W||_F", "[0, inf)");

  public static final MetricInfo UPDATE_RANK_95 =
      updateRank(
          "update_rank_95",
          "Rank of the update, 95%",
          "Directions that hold 95% of the update's singular values.");

  public static final MetricInfo UPDATE_RANK_99 =
      updateRank(
          "update_rank_99",
          "Rank of the update, 99%",
          "Directions that hold 99% of the update's singular values.");

  public static final MetricInfo UPDATE_RANK_ENTROPY =
      updateRank(
          "update_rank_entropy",
          "Entropy rank of the update",
          "Exponential of the entropy of the update's singular values.");

  /** Of each hidden state: {@code feedback_cos_l<i>}. */
  public static final MetricInfo FEEDBACK_COS =
      feedback(
              "feedback_cos",
              "Feedback cosine",
              "Mean cosine of the layer's teaching signal with its true gradient.")
          .rising("1")
          .defined("mean over samples of cos(a_i, g_i)", "[-1, 1]")
          .undefinedWhere("every gradient is exactly zero");

  public static final MetricInfo FEEDBACK_COS_DEEP =
      feedback(
              "feedback_cos_deep",
              "Feedback cosine, deep layers",
              "Mean cosine of the teaching signal with the true gradient below the head.")
          .headlined(9, MetricInfo.Samples.NONE, "Feedback")
          .rising("1")
          .defined("mean of these over i = 1 .. L", "[-1, 1]")
          .undefinedWhere("one of them is; L = 0");

  public static final MetricInfo FEEDBACK_COS_DEEP_ORIGINAL =
      feedback(
              "feedback_cos_deep_original",
              "Feedback cosine, deep layers, original pairing",
              "As the null-calibration script measures it: matrix min(l, L−1) for layer l, whatever"
                  + " fed it.")
          .defined("the same under the script's pairing, matrix min(l, L-1) for h_l", "[-1, 1]");

  /** Of each hidden state. */
  public static final MetricInfo FEEDBACK_NORM_RATIO =
      feedback(
              "feedback_norm_ratio",
              "Signal over gradient",
              "Length of the layer's teaching signals over that of its true gradients, as roots of"
                  + " mean squares.")
          .on(Axis.LOG)
          .defined("sqrt(sum ||a_i||^2 / sum ||g_i||^2)", "[0, inf)")
          .undefinedWhere("every gradient is zero");

  /** Of each hidden state. */
  public static final MetricInfo FEEDBACK_SIGN =
      feedback(
              "feedback_sign",
              "Signs that agree",
              "Share of components in which teaching signal and true gradient have the same sign;"
                  + " by chance half.")
          .on(Axis.SHARE)
          .rising("100%")
          .defined("share of components in which a_i and g_i have the same sign", "[0, 1]")
          .undefinedWhere("there are none in which neither is zero");

  /** Of each hidden state. */
  public static final MetricInfo ACTIVATION_NORM =
      feedback("activation_norm", "Activation norm", "Mean length of the hidden state.")
          .on(Axis.LOG)
          .defined("mean of ||h_i||", "[0, inf)");

  /** Of each hidden state. */
  public static final MetricInfo GRADIENT_NORM =
      feedback(
              "gradient_norm",
              "Gradient norm",
              "Mean length of the gradient of a sample's own loss by the hidden state.")
          .on(Axis.LOG)
          .defined("mean of ||g_i||", "[0, inf)");

  public static final MetricInfo ERROR_RANK =
      feedback(
              "error_rank",
              "Effective rank of the error",
              "Exponential of the entropy of the errors' singular values; at most K−1.")
          .defined(
              "exp of the entropy of the singular values of the errors (N,K), scaled to sum 1",
              "[1, K-1]")
          .undefinedWhere("every error is zero");

  public static final MetricInfo USEFUL_FRACTION =
      feedback(
              "useful_fraction",
              "Useful fraction",
              "Loss that one small step along the feedback's direction gains, over what as long a"
                  + " step down the gradient gains.")
          .rising("1")
          .defined("(L - L_feedback) / (L - L_gradient)", "(-inf, ..)")
          .undefinedWhere("the gradient's step gains nothing; no length");

  public static final MetricInfo USEFUL_FRACTION_RANDOM =
      feedback(
          "useful_fraction_random",
          "Useful fraction of random feedback",
          "The same for other, random feedback matrices.");

  private static final List<MetricInfo> ALL =
      List.of(
          LOSS_TRAIN,
          LOSS_TEST,
          ACCURACY_TRAIN,
          ACCURACY_TEST,
          ACCURACY_VALIDATION,
          LOSS_VALIDATION,
          ACCURACY_BASE,
          ACCURACY_SHIFTED,
          ACCURACY_DIGIT,
          ACCURACY_OTHERS,
          LOSS_TRAIN_END,
          ACCURACY_TRAIN_END,
          LOSS_REGULARIZED,
          ALIGN_COS_ABS_ORIGINAL,
          ALIGN_PROJECTION_ORIGINAL,
          ALIGN_ANGLE_MAX_ORIGINAL,
          ALIGN_OUTPUT_COS_ABS,
          ALIGN_OUTPUT_PROJECTION,
          CLASS_MEAN_CHANGE,
          CKA_BEFORE,
          UPDATE_NORM,
          UPDATE_RANK_95,
          UPDATE_RANK_99,
          UPDATE_RANK_ENTROPY,
          FEEDBACK_COS,
          FEEDBACK_COS_DEEP,
          FEEDBACK_COS_DEEP_ORIGINAL,
          FEEDBACK_NORM_RATIO,
          FEEDBACK_SIGN,
          ACTIVATION_NORM,
          GRADIENT_NORM,
          ERROR_RANK,
          USEFUL_FRACTION,
          USEFUL_FRACTION_RANDOM);

  private static final Map<String, MetricInfo> BY_ID =
      ALL.stream().collect(Collectors.toUnmodifiableMap(MetricInfo::id, Function.identity()));

  private LearnMetrics() {}

  /** All of them. */
  public static List<MetricInfo> all() {
    return ALL;
  }

  /** What a measurement is of: as it says itself or, where it has a name alone, as stands here. */
  public static MetricInfo of(Measurement measurement) {
    MetricInfo info = measurement.info();
    return info.equals(MetricInfo.unknown(info.id())) ? BY_ID.getOrDefault(info.id(), info) : info;
  }

  private static MetricInfo loss(String id, String title, String meaning) {
    return MetricInfo.of(id, title, Group.LEARNING, meaning).on(Axis.LOG);
  }

  private static MetricInfo accuracy(String id, String title, String meaning) {
    return MetricInfo.of(id, title, Group.LEARNING, meaning)
        .on(Axis.SHARE)
        .rising("100%")
        .defined("share of the samples whose largest logit is their class's", "[0, 1]");
  }

  private static MetricInfo updateRank(String id, String title, String meaning) {
    return MetricInfo.of(id, title, Group.RANK, meaning)
        .defined("as the ranks of features, of the singular values of D_W", "[1, K]")
        .undefinedWhere("the update is zero");
  }

  private static MetricInfo feedback(String id, String title, String meaning) {
    return MetricInfo.of(id, title, Group.FEEDBACK, meaning);
  }

  private static MetricInfo ofFirstMeans(MetricInfo ofMeans, String title) {
    return MetricInfo.of(
            ofMeans.id() + "_original",
            title,
            ofMeans.group(),
            "As %s, with the class means before adaptation.".formatted(ofMeans.id()))
        .towards(ofMeans.direction())
        .defined(ofMeans.formula(), ofMeans.range());
  }
}
