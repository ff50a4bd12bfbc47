package dev.collapsar.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetricGuideTest {
  @ParameterizedTest
  @EnumSource(MetricId.class)
  void everyGeometryMetricHasAMeaning(MetricId metric) {
    hasMeaning(metric.id());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "loss_train",
        "loss_test",
        "accuracy_train",
        "accuracy_test",
        "accuracy_shifted",
        "align_cos_abs",
        "align_projection",
        "align_angle_max",
        "align_cos_abs_null_mean",
        "align_projection_z",
        "align_angle_max_original_p",
        "align_cos_abs_shuffled_null_std",
        "align_output_cos_abs",
        "align_output_projection_null_mean",
        "align_angle_3",
        "align_notebook_literal",
        "class_mean_change",
        "update_norm",
        "update_rank_95",
        "update_rank_99",
        "update_rank_entropy",
        "loss_regularized",
        "loss_train_end",
        "accuracy_train_end",
        "feedback_cos_deep",
        "feedback_cos_l0",
        "feedback_cos_l12_p"
      })
  void everyOtherMetricOfOursHasAMeaning(String id) {
    hasMeaning(id);
  }

  private static void hasMeaning(String id) {
    MetricGuide guide = MetricGuide.of(id);
    assertEquals(id, guide.id());
    assertFalse(guide.meaning().isBlank(), id);
    assertNotEquals(id, guide.title());
  }

  @Test
  void aMetricOfSomeoneElseIsItsOwnTitle() {
    assertEquals(
        new MetricGuide(
            "my_own", "my_own", MetricGuide.Group.OTHER, MetricGuide.Scale.LINEAR, "", ""),
        MetricGuide.of("my_own"));
  }

  @Test
  void aNullColumnBelongsToItsMetric() {
    assertEquals(
        "Means inside the adapter: chance", MetricGuide.of("align_projection_null_mean").title());
    assertEquals(MetricGuide.Scale.LOG, MetricGuide.of("align_projection_p").scale());
  }
}
