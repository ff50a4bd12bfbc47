package dev.collapsar.run;

import java.util.List;

/**
 * What a record says of the epochs of one training so far: what a checkpoint must remember beside
 * the network.
 */
public record EpochHistory(List<RunRecord.Row> rows, List<RunRecord.Epoch> epochs) {
  public EpochHistory {
    rows = List.copyOf(rows);
    epochs = List.copyOf(epochs);
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
