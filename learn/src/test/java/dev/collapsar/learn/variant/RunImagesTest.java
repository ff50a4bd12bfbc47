package dev.collapsar.learn.variant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.dataset.TinyImages;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.TestRecipe;
import dev.collapsar.learn.settings.DataSettings;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.run.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunImagesTest {
  private static final DataSettings DATA = new DataSettings("mnist");

  @TempDir private Path folder;
  private int runs;

  @Test
  void aRecipesOwnDataAreTheDefault() {
    ImageData data = load(null);
    assertEquals("mnist/train", data.train().name());
    assertEquals(List.of(.1307), data.normalized().mean());
  }

  @Test
  void aFolderOrTarIsNamedByItsPath() throws IOException {
    Path pets = TinyImages.folder(folder.resolve("pets"), TinyImages.files());
    Path tar = TinyImages.tar(folder.resolve("pets.tar"), TinyImages.files());
    assertEquals(6, load(null, "data", pets.toString()).train().count());
    assertEquals(2, load(null, "data", tar.toString()).test().count());
  }

  @Test
  void whatWasLeftOutIsCountedInTheRecord() throws IOException {
    Map<String, byte[]> files = TinyImages.files();
    files.put("train/dog/0.png", new byte[0]);
    Path pets = TinyImages.folder(folder.resolve("pets"), files);
    assertEquals(
        pets
            + ": train/dog/0.png cannot be read: is empty (1 of 8 images; remove it, or"
            + " in a run data.skip-unreadable=true"
            + " leaves such out)",
        refusal(null, "data", pets.toString()));
    RunRecord record = using(null, "data", pets.toString(), "data.skip-unreadable", "true").run();
    assertEquals(
        List.of(
            ("1 of 8 images of %s could not be read and were left out, the first"
                    + " train/dog/0.png: is empty")
                .formatted(pets)),
        record.notes());
    assertEquals(5, record.data().get(0).samples());
  }

  @Test
  void whatIsOddAboutTheImagesIsNotedInTheRecord() throws IOException {
    Map<String, byte[]> files = TinyImages.files();
    files.put("test/dog/0.png", TinyImages.png(5)); // train/dog/0.png
    files.put("train/dog/0.tif", new byte[1]);
    Path pets = TinyImages.folder(folder.resolve("pets"), files);
    assertEquals(
        List.of(
            pets + ": 1 file (1 .tif) was left out, whose kind is not read",
            pets
                + ": 1 of 2 test images is a training image too, pixel by pixel, the first"
                + " test/dog/0.png (train/dog/0.png)"),
        using(null, "data", pets.toString()).run().notes());
  }

  @ParameterizedTest
  @ValueSource(strings = {"cifra10", "", "MNIST", "no-such-folder"})
  void whatIsNeitherANameNorAPlaceIsRefusedBeforeAnythingIsRead(String text) {
    assertEquals(
        "--set data=%s: must be one of mnist, fashion-mnist, cifar10,".formatted(text)
            + " or the path of images: a folder, .zip or .tar with train/ and test/ or with"
            + " classes, or a .csv of file,label beside them",
        refusal(null, "data", text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"no/such/folder", "none.tar"})
  void aPlaceThatIsNotThereIsNamed(String text) {
    assertEquals(text + ": no such folder, .tar or .zip", refusal(null, "data", text));
  }

  @Test
  void aPathNamesItsOwnPlace() {
    assertEquals(
        "--data-dir %s: data=pets.tar is a place of its own; leave --data-dir out"
            .formatted(folder),
        refusal(folder, "data", "pets.tar"));
  }

  @Test
  void dataThatDoNotComeAlongSayWhereToGetThem() {
    assertEquals(
        "data=fashion-mnist: its official four IDX files do not come with the program;"
            + " --data-dir must name their folder",
        refusal(null, "data", "fashion-mnist"));
    assertEquals(
        "%s: holds neither cifar-10-binary.tar.gz nor data_batch_1.bin, data_batch_2.bin,"
                .formatted(folder)
            + " data_batch_3.bin, data_batch_4.bin, data_batch_5.bin, test_batch.bin",
        refusal(folder, "data", "cifar10"));
  }

  @Test
  void aMisfitNamesTheChoiceAsTheUserSpeltIt() {
    assertEquals("data=mnist: too small", misfit(null));
    assertEquals("--data-dir %s: too small".formatted(folder), misfit(folder));
  }

  private String misfit(Path dataDir) {
    return read(dataDir, images -> images.misfit("too small").getMessage());
  }

  private ImageData load(Path dataDir, String... chosen) {
    return read(dataDir, RunImages::load, chosen);
  }

  /** What is found of the chosen images within a run. */
  private <T> T read(Path dataDir, Function<RunImages, T> question, String... chosen) {
    List<T> answer = new ArrayList<>();
    Path out = folder.resolve("run-" + runs++);
    engine(dataDir, out, run -> answer.add(question.apply(new RunImages(run, DATA))), chosen).run();
    return answer.get(0);
  }

  private String refusal(Path dataDir, String... chosen) {
    String message =
        assertThrows(InvalidInputException.class, () -> using(dataDir, chosen).run()).getMessage();
    assertFalse(Files.exists(folder.resolve("run")));
    return message;
  }

  private RunEngine using(Path dataDir, String... chosen) {
    return engine(
        dataDir,
        folder.resolve("run"),
        run -> run.useData("train", new RunImages(run, DATA).load().train()),
        chosen);
  }

  private static RunEngine engine(
      Path dataDir, Path out, Consumer<RunContext> body, String... chosen) {
    Map<String, SettingText> settings = new LinkedHashMap<>();
    for (int i = 0; i < chosen.length; i += 2) {
      settings.put(chosen[i], new SettingText(chosen[i + 1], "--set"));
    }
    return new TestRecipe(DATA.settings(), body)
        .engine(new RunOptions(settings, out, dataDir, 1, 2, "cpu", false));
  }
}
