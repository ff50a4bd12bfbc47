package dev.collapsar.tensorboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.framework.Summary;

class TensorBoardRunTest {
  private static final MetricInfo NC1 =
      MetricInfo.of("nc1_pinv", "NC1", MetricInfo.Group.WITHIN, "scatter");

  @TempDir private Path folder;

  @Test
  void variantsLayersAndLaterStagesAreFoldersWhoseCurvesShareATag() throws IOException {
    try (TensorBoardRun run = run()) {
      run.number(row("base", "pretrain", "", "nc1_pinv"), NC1);
      run.number(row("full", "adapt", "", "nc1_pinv"), NC1);
      run.number(row("full", "adapt", "layer1", "nc1_pinv"), NC1);
      run.number(row("full", "null", "", "nc1_pinv"), NC1);
    }
    assertEquals(
        Map.of(
            "base", List.of("nc1/nc1_pinv"),
            "full", List.of("nc1/nc1_pinv"),
            "full/layer1", List.of("nc1/nc1_pinv"),
            "full/null", List.of("nc1/nc1_pinv")),
        tags());
  }

  @Test
  void chanceHasAGroupOfItsOwn() throws IOException {
    MetricInfo column =
        MetricInfo.of("nc1_pinv_null_median", "nc1_pinv_null_median", MetricInfo.Group.WITHIN, "")
            .columnOf(new MetricInfo.Calibrated("nc1_pinv", "", MetricInfo.Column.MEDIAN));
    try (TensorBoardRun run = run()) {
      run.number(row("base", "pretrain", "", "nc1_pinv_null_median"), column);
    }
    assertEquals(Map.of("base", List.of("chance/nc1_pinv_null_median")), tags());
  }

  @Test
  void whatSinglePrecisionCannotHoldIsASentenceForTheNotesAndOneText() throws IOException {
    try (TensorBoardRun run = run()) {
      RunRecord.Row huge = new RunRecord.Row("base", "base", 1, "", "nc2g_riesz", 1e70, null);
      assertTrue(run.number(huge, NC1).orElseThrow().contains("metrics.csv has them"));
      RunRecord.Row other = new RunRecord.Row("full", "adapt", 1, "", "nc2g_riesz", 1e71, null);
      assertTrue(run.number(other, NC1).isPresent());
      RunRecord.Row undefined = new RunRecord.Row("base", "base", 1, "", "nc3", null, "none");
      assertEquals(Optional.empty(), run.number(undefined, NC1));
    }
    List<Summary.Value> own = values("");
    assertEquals(List.of("run/values left out"), own.stream().map(Summary.Value::getTag).toList());
    String text = own.get(0).getTensor().getStringVal(0).toStringUtf8();
    assertTrue(text.startsWith("nc1/nc2g_riesz of base at step 1 is 1.0E70. "), text);
  }

  @Test
  void settingsNotesStripsAndALineAVariantOfTheTableStandBesideTheCurves() throws IOException {
    RunRecord record = RunRecords.domainShift();
    try (TensorBoardRun run = run()) {
      for (RunRecord.Row row : record.measurements()) {
        run.number(row, NC1);
      }
      run.written(record, folder);
    }
    List<String> own = tags().get("");
    assertTrue(own.containsAll(List.of("run/settings", "_hparams_/experiment")), own::toString);
    long rows = record.samples().stream().map(RunRecord.Sample::row).distinct().count();
    assertEquals(rows, own.stream().filter(tag -> tag.startsWith("samples/")).count());
    for (RunRecord.Variant variant : record.variants()) {
      List<String> session = tags().get(variant.name());
      assertTrue(
          session.containsAll(
              List.of("_hparams_/session_start_info", "_hparams_/session_end_info")),
          session::toString);
    }
    Summary.Value table =
        values("").stream()
            .filter(v -> v.getTag().equals("_hparams_/experiment"))
            .findFirst()
            .get();
    assertEquals("hparams", table.getMetadata().getPluginData().getPluginName());
    byte[] content = table.getMetadata().getPluginData().getContent().toByteArray();
    UnknownFieldSet experiment = field(UnknownFieldSet.parseFrom(content), 2).get(0);
    List<String> numbers = new ArrayList<>();
    for (UnknownFieldSet metric : field(experiment, 5)) {
      numbers.add(text(field(metric, 1).get(0), 2));
    }
    assertTrue(numbers.contains("nc1/accuracy_test"), numbers::toString);
    List<UnknownFieldSet> columns = field(experiment, 4);
    assertEquals(record.settings().size() + 2, columns.size());
    // TensorBoard puts those that differ before the others.
    assertEquals(
        List.of("variant", "seed", "base.epochs"),
        columns.stream()
            .filter(column -> column.getField(7).getVarintList().get(0) == 1)
            .map(column -> text(column, 1))
            .toList());
  }

  private static List<UnknownFieldSet> field(UnknownFieldSet message, int number)
      throws IOException {
    List<UnknownFieldSet> all = new ArrayList<>();
    for (ByteString bytes : message.getField(number).getLengthDelimitedList()) {
      all.add(UnknownFieldSet.parseFrom(bytes));
    }
    return all;
  }

  private static String text(UnknownFieldSet message, int number) {
    return message.getField(number).getLengthDelimitedList().get(0).toStringUtf8();
  }

  private TensorBoardRun run() {
    return new TensorBoardRun(folder, RunClock.system(), Set.of("base.epochs"));
  }

  private static RunRecord.Row row(String variant, String stage, String layer, String metric) {
    return new RunRecord.Row(variant, stage, 1, layer, metric, 0.5, null);
  }

  private Map<String, List<String>> tags() throws IOException {
    Map<String, List<String>> tags = new java.util.TreeMap<>();
    for (String run : folders()) {
      tags.put(run, values(run).stream().map(Summary.Value::getTag).distinct().toList());
    }
    return tags;
  }

  private TreeSet<String> folders() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      TreeSet<String> found = new TreeSet<>();
      files
          .filter(file -> file.getFileName().toString().startsWith("events."))
          .forEach(file -> found.add(folder.relativize(file.getParent()).toString()));
      return found;
    }
  }

  private List<Summary.Value> values(String run) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve(run))) {
      Path file =
          files
              .filter(f -> f.getFileName().toString().startsWith("events."))
              .findFirst()
              .orElseThrow();
      return EventFileTest.read(file).stream()
          .flatMap(event -> event.getSummary().getValueList().stream())
          .toList();
    }
  }
}
