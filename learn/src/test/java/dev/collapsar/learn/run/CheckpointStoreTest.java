package dev.collapsar.learn.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.collapsar.data.NewFile;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.random.Seed;
import dev.collapsar.run.EpochHistory;
import dev.collapsar.run.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
  private static final int MUTATIONS = 500;
  private static final CheckpointSeal SEAL = new CheckpointSeal("r", "s", "adapt", "small");

  @TempDir private Path folder;
  private final Watching watching = new Watching(() -> {});
  private final List<EpochHistory> recalled = new ArrayList<>();
  private EpochHistory history = new EpochHistory(List.of(), List.of(), List.of());

  /** A network of which every epoch's values are told apart. */
  private static Network network(int seed) {
    return LayerNetwork.initialized(new Mlp(List.of(3, 4, 2)), new Seed(seed));
  }

  private CheckpointStore store(CheckpointSeal seal) {
    return new CheckpointStore(
        folder,
        seal,
        Optional.empty(),
        () -> history,
        recalled::add,
        another -> fail("nothing is shared"),
        watching);
  }

  /** Saves two epochs, with one number each. */
  private void train() {
    history = new EpochHistory(List.of(), List.of(), List.of());
    CheckpointStore store = store(SEAL);
    List<RunRecord.Row> rows = new ArrayList<>();
    for (int epoch = 1; epoch <= 2; epoch++) {
      rows.add(new RunRecord.Row("small", "adapt", epoch, "", "x", (double) epoch, ""));
      history = new EpochHistory(rows, List.of(), List.of());
      try (Network network = network(epoch);
          Trainer trainer = trainer(network)) {
        store.save(epoch, false, trainer);
      }
    }
  }

  private static Trainer trainer(Network network) {
    return new Trainer(network, OptimizerSpec.Adam.withLearningRate(0.01));
  }

  /** Restores, and checks that what is restored is that epoch's or that nothing is. */
  private int restored(CheckpointSeal seal, int last) {
    recalled.clear();
    try (Network network = network(9);
        Trainer trainer = trainer(network)) {
      int epoch = store(seal).restore(trainer, last);
      try (Network expected = network(epoch == 0 ? 9 : epoch)) {
        assertEquals(bytes(expected.weights().stored()), bytes(network.weights().stored()));
      }
      assertEquals(epoch == 0 ? 0 : 1, recalled.size());
      recalled.forEach(measured -> assertEquals(epoch, measured.rows().size()));
      return epoch;
    }
  }

  private static String bytes(Map<String, StoredTensor> tensors) {
    StringBuilder all = new StringBuilder();
    tensors.forEach(
        (name, tensor) -> {
          byte[] data = new byte[tensor.data().remaining()];
          tensor.data().get(data);
          all.append(name).append(Arrays.toString(data));
        });
    return all.toString();
  }

  @Test
  void aDamagedCheckpointIsNeverTakenForAnother() throws IOException {
    train();
    Path last = folder.resolve("epoch-2.safetensors");
    byte[] whole = Files.readAllBytes(last);
    byte[] before = Files.readAllBytes(folder.resolve("epoch-1.safetensors"));
    Random chance = new Random(16);
    int taken = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] damaged = damaged(whole, before, chance);
      Files.write(last, damaged);
      watching.lines.clear();
      int epoch = restored(SEAL, 9);
      if (epoch == 2) {
        taken++; // what is not content, such as blanks behind the header; restored() compared it
      } else {
        assertEquals(1, epoch);
        assertTrue(
            watching.lines.get(0).startsWith(last + " is left out: "), watching.lines::toString);
        assertEquals(1, watching.lines.get(0).lines().count());
      }
    }
    assertTrue(taken < MUTATIONS / 20, taken + " mutations were harmless");
  }

  private static byte[] damaged(byte[] whole, byte[] other, Random chance) {
    byte[] damaged = whole.clone();
    int at = chance.nextInt(whole.length);
    switch (chance.nextInt(6)) {
      case 0 -> damaged[at] ^= (byte) (1 << chance.nextInt(8));
      case 1 -> damaged = Arrays.copyOf(whole, at);
      case 2 -> Arrays.fill(damaged, at, Math.min(at + 64, whole.length), (byte) 0);
      case 3 -> damaged = other; // the file of another epoch under this name
      case 4 -> System.arraycopy(other, 0, damaged, 0, Math.min(at, other.length));
      default -> {
        // A digit of the header: a shape, an offset, a number that was measured, the checksum.
        int digit = at % 1000;
        while (damaged[digit] < '0' || damaged[digit] > '9') {
          digit++;
        }
        damaged[digit] = (byte) ('0' + (damaged[digit] - '0' + 1 + chance.nextInt(9)) % 10);
      }
    }
    return damaged;
  }

  @Test
  void anothersCheckpointIsNamedWithWhatIsOther() {
    train();
    Map<String, CheckpointSeal> others =
        Map.of(
            "run, r and not x", new CheckpointSeal("x", "s", "adapt", "small"),
            "recipe, s and not x", new CheckpointSeal("r", "x", "adapt", "small"),
            "stage, adapt and not x", new CheckpointSeal("r", "s", "x", "small"),
            "variant, small and not x", new CheckpointSeal("r", "s", "adapt", "x"));
    others.forEach(
        (what, seal) -> {
          watching.lines.clear();
          assertEquals(0, restored(seal, 9));
          assertEquals(2, watching.lines.size());
          String said = watching.lines.get(0);
          assertTrue(said.endsWith(" is left out: it is of another " + what), said);
        });
  }

  @Test
  void aLongerTrainingTakesNoEndedOneAndAShorterOneNoLaterOne() {
    train();
    assertEquals(1, restored(SEAL, 1));
    history = new EpochHistory(List.of(), List.of(), List.of());
    try (Network network = network(2);
        Trainer trainer = trainer(network)) {
      store(SEAL).save(2, true, trainer);
    }
    watching.lines.clear();
    assertEquals(0, restoredEnded(3));
    assertTrue(watching.lines.get(0).contains("its training had ended"), watching.lines::toString);
    assertEquals(2, restoredEnded(2));
  }

  private int restoredEnded(int last) {
    try (Network network = network(9);
        Trainer trainer = trainer(network)) {
      return store(SEAL).restore(trainer, last);
    }
  }

  @Test
  void savingRemovesOldEpochsAndOurPartialFilesAndNothingElse() throws IOException {
    Files.writeString(folder.resolve("notes.txt"), "of the user's");
    Files.writeString(folder.resolve(".x.part"), "of another program's");
    Files.writeString(NewFile.partial(folder.resolve("epoch-1.safetensors")), "half");
    train();
    try (var files = Files.list(folder)) {
      assertEquals(
          new TreeSet<>(
              List.of(".x.part", "epoch-1.safetensors", "epoch-2.safetensors", "notes.txt")),
          new TreeSet<>(files.map(file -> file.getFileName().toString()).toList()));
    }
  }
}
