package dev.collapsar.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.collapsar.metric.MetricInfo;
import java.util.List;

/**
 * The epochs of one training so far, as a record has them: what a checkpoint must remember beside
 * the network.
 *
 * @param metrics what the numbers are
 */
public record EpochHistory(
    List<RunRecord.Row> rows,
    List<RunRecord.Epoch> epochs,
    @JsonProperty(required = false) List<MetricInfo> metrics) {
  public EpochHistory {
    rows = List.copyOf(rows);
    epochs = List.copyOf(epochs);
    metrics = metrics == null ? FormatOne.infos(rows) : List.copyOf(metrics); // of before format 2
  }

  /** As JSON, from which {@link #parse} makes an equal one. */
  public String toJson() {
    return RecordJson.text(this);
  }

  /**
   * @throws IllegalArgumentException if the text is no such JSON
   */
  public static EpochHistory parse(String json) {
    return RecordJson.parse(json, EpochHistory.class);
  }
}
