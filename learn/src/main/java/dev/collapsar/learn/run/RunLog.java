package dev.collapsar.learn.run;

import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.run.EpochHistory;
import dev.collapsar.run.Exhibit;
import dev.collapsar.run.RunRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a run has noted so far: the part of its record that grows. Its experiment guards it against
 * several threads.
 */
public final class RunLog {
  private final List<RunRecord.DataSet> data = new ArrayList<>();
  private final List<RunRecord.Variant> variants = new ArrayList<>();
  private final List<RunRecord.Epoch> epochs = new ArrayList<>();
  private final List<RunRecord.Row> rows = new ArrayList<>();
  private final List<RunRecord.Classification> classifications = new ArrayList<>();
  private final List<RunRecord.Sample> samples = new ArrayList<>();
  private final List<Exhibit> exhibits = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  public void add(RunRecord.DataSet set) {
    data.add(set);
  }

  public void add(RunRecord.Variant variant) {
    variants.add(variant);
  }

  public void add(RunRecord.Row row) {
    rows.add(row);
  }

  public void add(RunRecord.Epoch epoch) {
    epochs.add(epoch);
  }

  public void add(RunRecord.Classification classification) {
    classifications.add(classification);
  }

  public void add(RunRecord.Sample sample) {
    samples.add(sample);
  }

  public void add(Exhibit exhibit) {
    exhibits.add(exhibit);
  }

  /** Once, however often it is said. */
  public void note(String sentence) {
    if (!notes.contains(sentence)) {
      notes.add(sentence);
    }
  }

  /** What an earlier process measured. */
  public void add(EpochHistory history) {
    rows.addAll(history.rows());
    epochs.addAll(history.epochs());
  }

  /** Says where the adapter of a variant lies. */
  public void adapter(String variant, String path) {
    variants.replaceAll(
        noted ->
            noted.name().equals(variant)
                ? new RunRecord.Variant(
                    variant,
                    noted.stage(),
                    noted.parameters(),
                    noted.trainable(),
                    noted.trainableTensors(),
                    path)
                : noted);
  }

  /** Whether any network was about to be trained. */
  public boolean hasVariants() {
    return !variants.isEmpty();
  }

  public int sampleCount() {
    return samples.size();
  }

  public List<RunRecord.Row> rows() {
    return List.copyOf(rows);
  }

  public EpochHistory history() {
    return new EpochHistory(rows, epochs);
  }

  /**
   * The first kind of NC1 of the representation that the recipe measures, at the last epoch where
   * it was defined: a few words, or none.
   */
  public String lastNc1(String variant) {
    List<RunRecord.Row> found =
        rows.stream()
            .filter(row -> row.variant().equals(variant))
            .filter(row -> List.of("", Network.REPRESENTATION).contains(row.layer()))
            .filter(row -> row.metric().startsWith("nc1_") && row.value() != null)
            .toList();
    return found.stream()
        .filter(row -> row.metric().equals(found.get(0).metric()))
        .reduce((earlier, later) -> later)
        .map(row -> String.format(Locale.ROOT, "  NC1 %.3g", row.value()))
        .orElse("");
  }

  /** All of it, beside what the frame of the record says. */
  public RunRecord within(Frame frame) {
    return new RunRecord(
        RunRecord.FORMAT,
        frame.recipe.name(),
        frame.recipe.summary(),
        frame.status,
        frame.started,
        frame.finished,
        frame.settings.asMap(),
        frame.environment,
        frame.seed,
        data,
        variants,
        epochs,
        rows,
        classifications,
        samples,
        exhibits,
        notes,
        frame.resumed);
  }

  /** What of a record does not grow. */
  public record Frame(
      Recipe recipe,
      RunRecord.Status status,
      Instant started,
      Instant finished,
      Settings settings,
      RunRecord.Environment environment,
      long seed,
      List<Instant> resumed) {}
}
