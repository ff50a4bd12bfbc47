package dev.collapsar.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Calibrated;
import dev.collapsar.metric.MetricInfo.Column;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records that were written before records described their metrics. */
class FormatOneTest {
  @TempDir private Path temporary;

  private RunRecord read(String name) throws IOException {
    Path file = temporary.resolve("record.json");
    try (InputStream in = FormatOneTest.class.getResourceAsStream(name)) {
      Files.write(file, in.readAllBytes());
    }
    return RecordJson.read(file);
  }

  private Map<String, MetricInfo> infos(String name) throws IOException {
    return read(name).metrics().stream()
        .collect(Collectors.toMap(MetricInfo::id, Function.identity()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"format-1-lora-ranks.json", "format-1-feedback-null.json"})
  void everyNumberOfAnOldRecordIsKnown(String name) throws IOException {
    RunRecord record = read(name);
    assertEquals(
        record.measurements().stream().map(RunRecord.Row::metric).distinct().toList(),
        record.metrics().stream().map(MetricInfo::id).toList());
    record
        .metrics()
        .forEach(
            info -> {
              assertFalse(info.meaning().isBlank(), info.id());
              assertFalse(info.title().equals(info.id()), info.id());
            });
  }

  @Test
  void whatAnOldRecordNamesIsWhatItWas() throws IOException {
    Map<String, MetricInfo> ranks = infos("format-1-lora-ranks.json");
    assertEquals("Within over between", ranks.get("nc1_pinv").title());
    assertEquals(Axis.SHARE, ranks.get("accuracy_test").axis());
    assertEquals("Principal angle 2", ranks.get("align_angle_2").title());
    assertEquals(
        new Calibrated("align_projection_original", "", Column.Z),
        ranks.get("align_projection_original_z").calibrated());
    assertEquals(
        new Calibrated("align_cos_abs", "shuffled", Column.P),
        ranks.get("align_cos_abs_shuffled_p").calibrated());
    Map<String, MetricInfo> feedback = infos("format-1-feedback-null.json");
    assertEquals("Feedback cosine, layer 1", feedback.get("feedback_cos_l1").title());
    assertEquals(
        new Calibrated("feedback_cos_deep", "", Column.STD_ANALYTIC),
        feedback.get("feedback_cos_deep_null_std_analytic").calibrated());
  }

  @Test
  void aNumberOfSomeoneElseIsItsOwnTitle() {
    assertEquals(MetricInfo.unknown("my_own"), FormatOne.of("my_own"));
    assertEquals("my_own: chance", FormatOne.of("my_own_null_mean").title());
  }

  /**
   * Written again it is a record of today's format, and says of its metrics what it was read as.
   */
  @Test
  void anOldRecordIsWrittenAgainAsOneOfToday() throws IOException {
    RunRecord old = read("format-1-lora-ranks.json");
    assertEquals(RunRecord.FORMAT, old.format());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    RecordJson.write(old, bytes);
    Path again = temporary.resolve("again.json");
    Files.copy(new ByteArrayInputStream(bytes.toByteArray()), again);
    assertEquals(old, RecordJson.read(again));
    assertTrue(Files.readString(again).contains("\"title\" : \"Within over between\""));
  }

  @Test
  void anOldCheckpointsHistoryIsReadToo() {
    EpochHistory history =
        EpochHistory.parse(
            "{\"rows\":[{\"variant\":\"v\",\"stage\":\"s\",\"epoch\":0,\"layer\":\"\",\"m"
                + "etric\":\"loss_train\","
                + "\"value\":1.5,\"note\":null}],\"epochs\":[]}");
    assertEquals(
        List.of("Training loss"), history.metrics().stream().map(MetricInfo::title).toList());
    assertEquals(history, EpochHistory.parse(history.toJson()));
  }
}
