package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordCommandTest {
  private static final int K = 3;
  private static final int D = 4;
  private static final int N = 30;

  @TempDir private Path folder;
  private Path out;

  @BeforeEach
  void dump() {
    out = folder.resolve("run");
    for (int epoch : List.of(1, 2, 10)) {
      write(folder.resolve("epoch-" + epoch + ".safetensors"), 1.0 / epoch, D);
    }
  }

  /** Class means at the axes, with a spread of two values around them. */
  private static void write(Path file, double spread, int width) {
    float[] features = new float[N * width];
    int[] labels = new int[N];
    float[] weights = new float[K * width];
    for (int i = 0; i < N; i++) {
      int k = i % K;
      labels[i] = k;
      features[i * width + k] = 1;
      features[i * width + K] = (float) (i / K % 2 == 0 ? spread : -spread);
      weights[k * width + k] = 1;
    }
    SafeTensors.write(
        file,
        Map.of(
            "features", StoredTensor.of(features, N, width),
            "labels", StoredTensor.of(labels, N),
            "weights", StoredTensor.of(weights, K, width)),
        Map.of());
  }

  @Test
  void featuresByEpochBecomeCurvesInTheOrderOfTheirNumbers() {
    Session session =
        record("--features", folder + "/epoch-*.safetensors", "--weights", "#weights");
    assertEquals(0, session.exitCode(), session.err());
    RunRecord record = RunDirectory.open(out).record();
    assertEquals(List.of(1, 2, 10), record.epochs().stream().map(RunRecord.Epoch::epoch).toList());
    List<Double> quotients =
        record.measurements().stream()
            .filter(row -> row.metric().equals("nc1_quot"))
            .map(RunRecord.Row::value)
            .toList();
    // tr S_W is the squared spread, tr S_B 2/3 of means at three axes.
    assertEquals(1.5, quotients.get(0), 1e-6);
    assertEquals(1.5 / 100, quotients.get(2), 1e-6);
    assertTrue(record.measurements().stream().anyMatch(row -> row.metric().equals("nc3_dual_err")));
    assertTrue(Files.exists(out.resolve("report.html")));
  }

  @Test
  void checkpointsByEpochAreMeasuredAtEveryTapAndWarnedOfOnce() {
    float[] random = new float[6 * 784];
    SplittableRandom chance = new SplittableRandom(1);
    for (int i = 0; i < random.length; i++) {
      random[i] = (float) chance.nextDouble(-0.05, 0.05);
    }
    for (int epoch : List.of(1, 2)) {
      SafeTensors.write(
          folder.resolve("at-%s.safetensors".formatted(epoch)),
          Map.of(
              "linear1.weight", StoredTensor.of(random, 6, 784),
              "linear1.bias", StoredTensor.of(new float[6], 6),
              "linear2.weight", StoredTensor.of(new float[60], 10, 6), // it knows nothing yet
              "linear2.bias", StoredTensor.of(new float[10], 10)),
          Map.of());
    }
    Session session =
        record(
            "--checkpoints",
            folder + "/at-*.safetensors",
            "--data",
            "mnist",
            "--tap",
            "linear1",
            "--samples",
            "100");
    assertEquals(0, session.exitCode(), session.err());
    for (int epoch : List.of(1, 2)) {
      assertEquals(
          1,
          session
              .out()
              .lines()
              .filter(l -> l.contains("at-%s.safetensors: its test".formatted(epoch)))
              .count(),
          session.out());
    }
    List<RunRecord.Row> rows =
        RunDirectory.open(out).record().measurements().stream()
            .filter(row -> row.metric().equals("nc1_quot"))
            .toList();
    assertEquals(
        List.of("1 ", "1 linear1", "2 ", "2 linear1"),
        rows.stream().map(row -> row.epoch() + " " + row.layer()).toList());
    assertEquals(rows.get(0).value(), rows.get(2).value()); // the same network
    assertTrue(rows.get(1).value() > 0 && !rows.get(1).value().equals(rows.get(0).value()));
  }

  @Test
  void theSameCommandAgainGoesOnWithWhatIsNew() {
    record("--features", folder + "/epoch-1*.safetensors");
    Session again = record("--features", folder + "/epoch-*.safetensors");
    assertTrue(again.out().contains("2 epochs are recorded already"), again.out());
    assertEquals(3, RunDirectory.open(out).record().epochs().size());
  }

  @Test
  void numbersOfOthersStandBesideOurs() throws IOException {
    Path log = Files.writeString(folder.resolve("log.csv"), "epoch,loss\n1,2\n2,1.5\n10,1\n");
    record("--features", folder + "/epoch-*.safetensors", "--metrics", log.toString());
    assertEquals(
        3,
        RunDirectory.open(out).record().measurements().stream()
            .filter(row -> row.metric().equals("loss"))
            .count());
  }

  @Test
  void featuresOfAnotherWidthHalfWayAreRefusedAndWhatIsThereStays() {
    record("--features", folder + "/epoch-*.safetensors");
    write(folder.resolve("epoch-11.safetensors"), 1, D + 1);
    Session wider = record("--features", folder + "/epoch-*.safetensors");
    assertEquals(2, wider.exitCode());
    assertEquals(1, wider.err().lines().count());
    assertTrue(wider.err().contains("features.width 5: this recording has 4"), wider.err());
    assertEquals(3, RunDirectory.open(out).record().epochs().size());
  }

  @Test
  void whatCannotBeAskedIsRefusedBeforeAnythingIsMade() {
    for (List<String> bad :
        List.of(
            List.of("--features", folder + "/none-*.npz"),
            List.of("--watch"),
            List.of("--checkpoints", folder + "/epoch-*.safetensors"),
            List.of("--metrics", folder + "/none.csv"),
            List.of("--features", folder + "/epoch-1.safetensors", "--epoch", "-1"))) {
      Session session = record(bad.toArray(String[]::new));
      assertEquals(2, session.exitCode(), bad::toString);
      assertFalse(Files.exists(out), bad::toString);
    }
  }

  @Test
  void oneEpochAtATimeIsTakenOnce() {
    String file = folder.resolve("epoch-1.safetensors").toString();
    assertEquals(0, record("--features", file, "--epoch", "7").exitCode());
    Session again = record("--features", file, "--epoch", "7");
    assertEquals(2, again.exitCode());
    assertTrue(again.err().contains("--epoch 7: is recorded already for model"), again.err());
  }

  @Test
  void epochsRecordedAtOnceWaitForOneAnother() throws Exception {
    try (ChildProcess first = recording(1);
        ChildProcess second = recording(2)) {
      assertEquals(0, first.exit());
      assertEquals(0, second.exit());
    }
    assertEquals(
        Set.of(1, 2),
        RunDirectory.open(out).record().epochs().stream()
            .map(RunRecord.Epoch::epoch)
            .collect(Collectors.toSet()));
  }

  private ChildProcess recording(int epoch) throws IOException {
    return new ChildProcess(
        List.of(),
        folder.resolve(epoch + ".err"),
        "record",
        "--features",
        folder + "/epoch-" + epoch + ".safetensors",
        "--epoch",
        Integer.toString(epoch),
        "--out",
        out.toString());
  }

  private Session record(String... options) {
    List<String> all = new ArrayList<>(List.of("record"));
    all.addAll(List.of(options));
    all.addAll(List.of("--out", out.toString()));
    return Session.of(all.toArray(String[]::new));
  }
}
