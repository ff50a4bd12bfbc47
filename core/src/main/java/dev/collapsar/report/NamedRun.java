package dev.collapsar.report;

import dev.collapsar.run.RunRecord;
import java.util.Objects;

/** A record and the name it goes by where it is compared with others. */
public record NamedRun(String name, RunRecord record) {
  public NamedRun {
    Objects.requireNonNull(name);
    Objects.requireNonNull(record);
  }
}
