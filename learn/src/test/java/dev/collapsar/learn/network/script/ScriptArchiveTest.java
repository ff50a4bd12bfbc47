package dev.collapsar.learn.network.script;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.tensor.TorchRuntime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bytedeco.pytorch.OperatorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptArchiveTest {
  @TempDir Path folder;

  private static String refusal(Path file) {
    return assertThrows(
            InvalidInputException.class, () -> ScriptArchive.requireHarmless(file), file::toString)
        .getMessage();
  }

  /** An archive of one source. */
  private Path archive(String source) throws IOException {
    return archive("m/code/__torch__.py", source, "m/constants.pkl", "", "m/data.pkl", "");
  }

  private Path archive(String... namesAndTexts) throws IOException {
    Path file = folder.resolve("made.pt");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < namesAndTexts.length; i += 2) {
        zip.putNextEntry(new ZipEntry(namesAndTexts[i]));
        zip.write(namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8));
      }
    }
    return file;
  }

  @ParameterizedTest
  @CsvSource({
    "state_dict.pt,state dict",
    "whole-module.pt,pickled module",
    "exported.pt2,.pt2",
    "truncated.pt,cut short",
    "custom-operator.pt,fixture::twice",
    "reads-files.pt,aten::from_file",
    "writes-files.pt,aten::save",
    "writes-files-at-load.pt,__setstate__"
  })
  void whatIsNoScriptOrReachesOutsideIsRefusedInOneLine(String name, String reason) {
    String message = refusal(ScriptFiles.of("refused/" + name));

    assertTrue(message.contains(reason), message);
    assertEquals(1, message.lines().count(), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"state_dict.pt", "whole-module.pt", "exported.pt2"})
  void whoeverHasTheWrongKindOfFileIsToldHowToExport(String name) {
    assertTrue(refusal(ScriptFiles.of("refused/" + name)).contains("torch.jit.trace"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vit/model.pt",
        "resnet50-narrow/model-scripted.pt",
        "mobilenetv3/model.pt",
        "refused/frozen.pt",
        "refused/quantized.pt",
        "refused/half.pt",
        "refused/two-inputs.pt"
      })
  void honestFilesPass(String name) {
    assertDoesNotThrow(() -> ScriptArchive.requireHarmless(ScriptFiles.of(name)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "torch.save(x, 'f')",
        "x.save('f')",
        "f = x.save",
        "f = torch.save",
        "t = torch",
        "o = ops",
        "o = ops.aten",
        "ops.aten.save(x, 'f')",
        "ops.c10d.broadcast_(x, x)",
        "ops.prim.rpc_async(x)",
        "getattr(x, 'save')('f')",
        "getattr(x, 's\\x61ve')('f')",
        "getattr(torch, 'save')(x, 'f')",
        "torch.manual_seed(1)",
        "y : __torch__.torch.classes.dist_c10d.Store",
        "x = '''a'''",
        "x = '\n torch.save(x)'",
        "x = \u00e4"
      })
  void noWayToAnOperatorThatReachesOutsideIsOverlooked(String line) throws IOException {
    refusal(archive("def forward(self, x: Tensor) -> Tensor:\n  " + line + "\n  return x\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ops.prim.RaiseException('cannot save(x)', 'builtins.ValueError')",
        "torch.warn('torch.save(x) is not called', 2)",
        "y = getattr(self, '0')",
        "y = torch.add(x, 1) # torch.save(x)",
        "print(x)"
      })
  void wordsInTextsAreNoCalls(String line) throws IOException {
    Path file = archive("def forward(self, x: Tensor) -> Tensor:\n  " + line + "\n  return x\n");

    assertDoesNotThrow(() -> ScriptArchive.requireHarmless(file));
  }

  @Test
  void aNameThatOnlyDiffersInCaseIsASecondEntryOfTheSameName() throws IOException {
    Path file =
        archive("m/code/__torch__.py", "", "m/CODE/__torch__.PY", "", "m/constants.pkl", "");

    assertTrue(refusal(file).contains("twice"));
  }

  @Test
  void objectsOfForeignClassesAreRefusedHoweverTheirNamesAreCut() throws IOException {
    Path file =
        archive("m/data.pkl", "c__torch__.torch\nclasses.c10d.Store\n", "m/constants.pkl", "");

    assertTrue(refusal(file).contains("torch.classes.c10d"));
  }

  @Test
  void bytesBehindTheDirectoryAreRefused() throws IOException {
    Path file = archive("x = 1");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length + 1));

    refusal(file);
  }

  @Test
  void everyPrefixOfAFileIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(ScriptFiles.of("mean-text/model.pt"));
    for (int length = 0; length < whole.length; length += 997) {
      Path cut = folder.resolve("cut.pt");
      Files.write(cut, Arrays.copyOf(whole, length));
      assertEquals(1, refusal(cut).lines().count());
    }
  }

  @Test
  void noOtherOperatorOfThisLibTorchIsNamedAsIfItReachedOutside() {
    TorchRuntime.load();
    Set<String> suspects = new TreeSet<>();
    OperatorVector operators = torch.getAllOperators();
    for (long i = 0; i < operators.size(); i++) {
      String name = operators.get(i).schema().name().getString();
      if (name.matches(
          "(aten|prim)::.*(save|file|manual_seed|load|(?<!mi)open|rpc|socket|exec|path).*")) {
        suspects.add(name);
      }
    }

    suspects.removeIf(name -> name.startsWith("prim::profile"));
    assertEquals(Set.of("aten::save", "aten::from_file", "aten::manual_seed"), suspects);
  }

  @Test
  void aFileOfAnotherKindIsNoScript() {
    assertTrue(ScriptArchive.isScript(ScriptFiles.of("vit/model.pt")));
    assertFalse(ScriptArchive.isScript(ScriptFiles.of("refused/state_dict.pt")));
    assertFalse(ScriptArchive.isScript(ScriptFiles.of("README.md")));
  }
}
