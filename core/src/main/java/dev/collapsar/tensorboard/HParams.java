package dev.collapsar.tensorboard;

import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Set;

/**
 * The entries of TensorBoard's hparams table: which settings there are, which one a session had,
 * and how it ended. Source: TensorBoard's plugin_data.proto and api.proto of the plugin hparams.
 */
final class HParams {
  static final String PLUGIN = "hparams";
  static final String EXPERIMENT = "_hparams_/experiment";
  static final String SESSION_START = "_hparams_/session_start_info";
  static final String SESSION_END = "_hparams_/session_end_info";

  // Fields of HParamsPluginData.
  private static final int OF_EXPERIMENT = 2;
  private static final int OF_START = 3;
  private static final int OF_END = 4;

  // Types of a setting.
  private static final int STRING = 1;
  private static final int BOOL = 2;
  private static final int FLOAT64 = 3;

  private static final int SUCCESS = 1;
  private static final int FAILURE = 2;

  private HParams() {}

  /**
   * The columns of the table: settings, and the numbers with these tags.
   *
   * @param leading the settings that stand first, as those that differ do; the others follow by
   *     their names
   */
  static ProtoMessage experiment(
      Instant started, Map<String, Object> settings, Set<String> leading, Collection<String> tags) {
    ProtoMessage experiment = new ProtoMessage().number(3, seconds(started));
    settings.forEach(
        (key, value) ->
            experiment.message(
                4,
                new ProtoMessage()
                    .text(1, key)
                    .integer(4, type(value))
                    .integer(7, leading.contains(key) ? 1 : 0)));
    tags.forEach(
        tag ->
            experiment.message(5, new ProtoMessage().message(1, new ProtoMessage().text(2, tag))));
    return new ProtoMessage().message(OF_EXPERIMENT, experiment);
  }

  /** A row's settings; rows of one group are averaged by TensorBoard. */
  static ProtoMessage start(Instant started, String group, Map<String, Object> settings) {
    ProtoMessage start = new ProtoMessage();
    settings.forEach(
        (key, value) ->
            start.message(1, new ProtoMessage().text(1, key).message(2, protobufValue(value))));
    start.text(4, group).number(5, seconds(started));
    return new ProtoMessage().message(OF_START, start);
  }

  static ProtoMessage end(Instant finished, boolean complete) {
    ProtoMessage end =
        new ProtoMessage().integer(1, complete ? SUCCESS : FAILURE).number(2, seconds(finished));
    return new ProtoMessage().message(OF_END, end);
  }

  private static int type(Object value) {
    return value instanceof Number ? FLOAT64 : value instanceof Boolean ? BOOL : STRING;
  }

  /** A {@code google.protobuf.Value}. */
  private static ProtoMessage protobufValue(Object value) {
    ProtoMessage message = new ProtoMessage();
    if (value instanceof Number number) {
      return message.number(2, number.doubleValue());
    }
    if (value instanceof Boolean flag) {
      return message.integer(4, flag ? 1 : 0);
    }
    return message.text(3, String.valueOf(value));
  }

  private static double seconds(Instant time) {
    return time.toEpochMilli() / 1e3;
  }
}
