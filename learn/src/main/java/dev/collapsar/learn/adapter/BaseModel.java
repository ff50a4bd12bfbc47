package dev.collapsar.learn.adapter;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an adapter's configuration says of the network it was trained on; each part is null where it
 * says nothing.
 *
 * @param nameOrPath of the base network
 * @param revision of it
 * @param taskType such as {@code SEQ_CLS}
 * @param peftVersion of the PEFT that wrote the configuration
 * @param autoMapping the base network's class and library
 */
public record BaseModel(
    String nameOrPath,
    String revision,
    String taskType,
    String peftVersion,
    Map<String, String> autoMapping) {
  /** Nothing is said. */
  public static final BaseModel UNSTATED = new BaseModel(null, null, null, null, null);

  public BaseModel {
    autoMapping =
        autoMapping == null ? null : Collections.unmodifiableMap(new TreeMap<>(autoMapping));
  }
}
