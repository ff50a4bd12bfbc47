package dev.collapsar.recording;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.LockWait;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordingTest {
  private static final MetricInfo NC1 =
      MetricInfo.of("nc1_pinv", "NC1", MetricInfo.Group.WITHIN, "scatter");

  @TempDir private Path folder;

  @Test
  void filesComeInTheOrderOfTheirNumbersAndKeepTheirSpelling() throws IOException {
    for (String name : List.of("e-10.npz", "e-2.npz", "e-001.npz", "notes.txt")) {
      Files.writeString(folder.resolve(name), "");
    }
    List<EpochFile> files = EpochFile.matching("--features", folder + "/e-*.npz");
    assertEquals(List.of(1, 2, 10), files.stream().map(EpochFile::epoch).toList());
    assertEquals("001", files.get(0).spelled());
  }

  @Test
  void wildFoldersMatchToo() throws IOException {
    Files.createDirectories(folder.resolve("run7"));
    Files.writeString(folder.resolve("run7/epoch3.npy"), "");
    assertEquals(3, EpochFile.matching("--features", folder + "/run*/*.npy").get(0).epoch());
  }

  @Test
  void filesThatCannotBeToldApartAreRefused() throws IOException {
    Files.writeString(folder.resolve("a1.npy"), "");
    Files.writeString(folder.resolve("b1.npy"), "");
    Files.writeString(folder.resolve("last.npz"), "");
    assertTrue(refusal("*.npy").contains("are epoch 1"));
    assertTrue(refusal("*.npz").contains("--epoch N"));
    assertTrue(refusal("*.pt").endsWith("matches no file"));
    assertTrue(refusal("[").contains("is no pattern"));
  }

  private String refusal(String glob) {
    return assertThrows(
            InvalidInputException.class,
            () -> EpochFile.matching("--features", folder + "/" + glob))
        .getMessage();
  }

  @Test
  void anEpochIsOnDiskWithItsPageAndStandsWhenMoreIsRecorded() {
    Path out = folder.resolve("run");
    try (Recording recording = open(out, "mine")) {
      add(recording, "model", 1, .5);
    }
    try (Recording recording = open(out, null)) {
      assertTrue(recording.has("model", 1));
      assertFalse(recording.has("model", 2));
      assertFalse(recording.has("other", 1));
      add(recording, "model", 2, .25);
    }
    RunRecord record = RunDirectory.open(out).record();
    assertEquals("mine", record.title());
    assertEquals(RunRecord.Status.COMPLETE, record.status());
    assertEquals(
        List.of(.5, .25), record.measurements().stream().map(RunRecord.Row::value).toList());
    assertEquals("NC1", record.metrics().get(0).title());
    assertTrue(Files.exists(out.resolve("report.html")));
    assertTrue(Files.exists(out.resolve("metrics.csv")));
  }

  @Test
  void numbersThatWereMadeOtherwiseAreRefused() {
    try (Recording recording = open(folder.resolve("run"), "mine")) {
      recording.set("features.width", 64);
      recording.set("features.width", 64);
      String message =
          assertThrows(InvalidInputException.class, () -> recording.set("features.width", 128))
              .getMessage();
      assertTrue(message.startsWith("features.width 128: this recording has 64"), message);
    }
  }

  @Test
  void theRunOfARecipeIsLeftAlone() {
    Path out = folder.resolve("run");
    try (RunDirectory directory = RunDirectory.create(out)) {
      directory.write(RunRecords.domainShift());
    }
    String message =
        assertThrows(InvalidInputException.class, () -> open(out, "mine")).getMessage();
    assertTrue(message.contains("holds a run of domain-shift"), message);
  }

  @Test
  void aRecordingInWhichNothingWasRecordedLeavesNothing() {
    open(folder.resolve("run"), "mine").close();
    assertFalse(Files.exists(folder.resolve("run")));
  }

  @Test
  void aWideTableIsReadWithItsGapsAndItsUndefinedNumbers() throws IOException {
    MetricsTable table =
        table("epoch,step,train_loss,val_acc\n0,10,1.5,\n0,20,1.25,\n0,,,0.5\n1.0,30,nan,.75\n");
    assertEquals(4, table.rows().size());
    RunRecord.Row loss = table.rows().get(0);
    assertEquals("train_loss", loss.metric());
    assertEquals(1.25, loss.value());
    assertEquals("model", loss.variant());
    assertEquals("nan in log.csv", table.rows().get(2).note());
    assertTrue(table.notes().get(0).contains("several values of train_loss at one epoch (1 more)"));
  }

  @Test
  void aTidyTableSaysItsVariantsAndLayers() throws IOException {
    MetricsTable table =
        table("variant,epoch,layer,metric,value\nsgd,3,fc,nc1_pinv,2e-3\nadam,3,,loss,1\n");
    assertEquals(
        List.of(
            new RunRecord.Row("sgd", "train", 3, "fc", "nc1_pinv", 2e-3, null),
            new RunRecord.Row("adam", "train", 3, "", "loss", 1.0, null)),
        table.rows());
  }

  @Test
  void stepsStandForEpochsWhereThereAreNone() throws IOException {
    MetricsTable table = table("step,loss\n100,1\n200,.5\n");
    assertEquals(List.of(100, 200), table.rows().stream().map(RunRecord.Row::epoch).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "loss\\n1 | needs a column epoch or step; it has [loss]",
        "epoch,step\\n1,2 | has no column of a metric",
        "epoch,loss | has no line of numbers",
        "epoch,loss\\n1,x | line 2: loss is 'x', which is no number",
        "epoch,loss\\n1.5,2 | epoch 1.5 must be a whole number",
        "epoch,loss\\n-1,2 | epoch -1 must be a whole number",
        "epoch,loss\\n1,2,3 | line 2 has 3 cells, but there are 2 columns",
        "epoch,metric,value\\n1,,3 | line 2 names no metric"
      })
  void aTableThatIsNoneIsRefusedInOneLine(String text, String reason) {
    String message =
        assertThrows(InvalidInputException.class, () -> table(text.replace("\\n", "\n")))
            .getMessage();
    assertTrue(message.startsWith("--metrics ") && message.contains(reason), message);
  }

  @Test
  void numbersOfOthersTakeThePlaceOfThoseAtTheSameEpoch() throws IOException {
    Path out = folder.resolve("run");
    try (Recording recording = open(out, "mine")) {
      recording.add(table("epoch,loss\n1,2\n"));
      recording.add(table("epoch,loss\n1,1.5\n2,1\n"));
    }
    assertEquals(
        List.of(1.5, 1.0),
        RunDirectory.open(out).record().measurements().stream().map(RunRecord.Row::value).toList());
  }

  private MetricsTable table(String text) throws IOException {
    return MetricsTable.read(Files.writeString(folder.resolve("log.csv"), text), "model");
  }

  private static Recording open(Path out, String title) {
    return Recording.open(out, title, 1, RunClock.system(), List.of(), LockWait.none());
  }

  private static void add(Recording recording, String variant, int epoch, double value) {
    recording.add(
        variant,
        epoch,
        1,
        new RunRecord.DataSet(variant + epoch, "x.npz", 10, List.of(4), Map.of("x.npz", "00")),
        List.of(new RunRecord.Row(variant, Recording.STAGE, epoch, "", "nc1_pinv", value, null)),
        List.of(NC1));
  }
}
