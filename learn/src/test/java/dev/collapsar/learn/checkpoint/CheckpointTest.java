package dev.collapsar.learn.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.FileTensor;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.Golden;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of make_checkpoints.py, and those that PyTorch wrote. */
class CheckpointTest {
  private static final float[] RAMP = new float[24]; // what most tensors of the files look into

  static {
    for (int i = 0; i < RAMP.length; i++) {
      RAMP[i] = i;
    }
  }

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain-2.pth",
        "plain-3.pth",
        "plain-4.pth",
        "plain-5.pth",
        "nested.pth",
        "deflated.pth",
        "legacy.pth"
      })
  void everyFormHoldsTheSameTensors(String name) {
    Map<String, StoredTensor> tensors = Checkpoint.read(file(name)).tensors();
    assertEquals(16, tensors.size());
    assertEquals(StoredTensor.of(RAMP, 2, 3, 4), tensors.get("weight"));
    float[] transposed = new float[24];
    for (int i = 0; i < 24; i++) {
      transposed[i] = i / 6 + i / 2 % 3 * 4 + i % 2 * 12;
    }
    assertEquals(StoredTensor.of(transposed, 4, 3, 2), tensors.get("transposed"));
    assertEquals(StoredTensor.of(new float[] {13, 14, 15, 17, 18, 19}, 2, 3), tensors.get("slice"));
    assertEquals(
        StoredTensor.of(new float[] {1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23}, 12),
        tensors.get("every_second"));
    assertEquals(StoredTensor.of(new float[] {5, 5, 5, 5, 5, 5}, 2, 3), tensors.get("expanded"));
    assertEquals(StoredTensor.of(new float[] {7}), tensors.get("scalar"));
    assertEquals(StoredTensor.of(new float[0], 0, 3), tensors.get("empty"));
    assertArrayEquals(new double[] {.1, -2.5}, tensors.get("f64").toDoubles());
    assertArrayEquals(new float[] {1.5f, -.25f}, tensors.get("f16").toFloats());
    assertArrayEquals(new float[] {1.5f, -2}, tensors.get("bf16").toFloats());
    assertEquals(-1, tensors.get("i64").data().getLong(0));
    assertEquals(1L << 40, tensors.get("i64").data().getLong(8));
    assertEquals(
        List.of(ElementType.I32, ElementType.I16, ElementType.I8, ElementType.U8, ElementType.BOOL),
        List.of("i32", "i16", "i8", "u8", "bool").stream()
            .map(n -> tensors.get(n).type())
            .toList());
    assertEquals(2, tensors.get("i16").data().getShort(2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nested.pth", "deflated.pth", "legacy.pth"})
  void whatStandsBesideTheStateDictIsKept(String name) {
    Checkpoint checkpoint = Checkpoint.read(file(name));
    assertEquals(3L, checkpoint.numbers().get("epoch"));
    assertEquals(.5, checkpoint.numbers().get("acc"));
    assertEquals("grüß", checkpoint.texts().get("note"));
    assertEquals(
        List.of(StoredTensor.of(new float[] {0, 1}, 2), StoredTensor.of(new float[] {2, 3}, 2)),
        checkpoint.tensorLists().get("Bs"));
    assertEquals(
        List.of(StoredTensor.of(new float[] {1, 2}, 2)), checkpoint.tensorLists().get("mean"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"training-2.pth", "training-4.pth", "training-legacy.pth"})
  void whateverElseATrainingScriptSavedDoesNotMatter(String name) {
    Checkpoint checkpoint = Checkpoint.read(file(name));
    assertEquals(
        List.of("fc.weight", "bn.num_batches_tracked"), List.copyOf(checkpoint.tensors().keySet()));
    assertTrue(
        checkpoint.notes().contains("not kept: history, outside of the state dict"),
        checkpoint.notes().toString());
    assertEquals(7, checkpoint.tensors().get("bn.num_batches_tracked").data().getLong(0));
    assertEquals(Map.of("epoch", 12L), checkpoint.numbers());
    assertEquals(Set.of("rng_state"), checkpoint.tensorLists().keySet());
  }

  @Test
  void tensorsThatShareMemoryInTheFileShareItHere() {
    Map<String, StoredTensor> tensors = Checkpoint.read(file("plain-2.pth")).tensors();
    assertSame(tensors.get("weight").data().array(), tensors.get("scalar").data().array());
  }

  @Test
  void safetensorsComeThroughTheSameDoor() {
    Path path = folder.resolve("misnamed.pth");
    StoredTensor tensor = StoredTensor.of(RAMP, 4, 6);
    SafeTensors.write(path, Map.of("module.fc.weight", tensor), Map.of("format", "pt"));
    Checkpoint read = Checkpoint.read(path);
    assertEquals(Map.of("fc.weight", tensor), read.tensors());
    assertEquals(Map.of("format", "pt"), read.texts());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"command.pth", "command-as-weight.pth", "command-legacy.pth", "command.pkl"})
  void aPickledCommandIsRefusedAndNotExecuted(String name) {
    String message = refusal(file(name));
    assertTrue(message.contains("posix.system") == !name.endsWith(".pkl"), message);
    assertFalse(Files.exists(Path.of("executed-by-a-pickle")));
  }

  @Test
  void aCommandBesideTensorsStaysAName() {
    Checkpoint read = Checkpoint.read(file("command-inside.pth"));
    assertEquals(Map.of("w", StoredTensor.of(new float[] {1, 2}, 2)), read.tensors());
    assertFalse(Files.exists(Path.of("executed-by-a-pickle")));
  }

  @Test
  void whatIsNoStateDictIsRefusedByName() {
    assertTrue(refusal(file("whole-model.pth")).contains("a Python object models.Net"));
    assertTrue(refusal(file("whole-model-legacy.pth")).contains("a Python object models.Net"));
    assertTrue(refusal(file("complex.pth")).contains("torch.ComplexFloatStorage"));
    assertTrue(refusal(file("big-endian.pth")).contains("byte order 'big'"));
    assertTrue(refusal(folder.resolve("none.pth")).contains("no such file"));
    assertTrue(refusal(folder).contains("no regular file"));
  }

  @ParameterizedTest
  @CsvSource({
    "complex, torch.ComplexDoubleStorage",
    "float8, torch.float8_e4m3fn",
    "sparse, _rebuild_sparse_tensor",
    "quantised, _rebuild_qtensor",
    "meta, _rebuild_meta_tensor_no_storage",
    "subclass, models.MaskedTensor",
    "attribute, a tensor of 1 dimensions",
    "conjugate, the bit 'conj'",
    "storage, a storage",
    "nested, ['deeper'][0][0]['still'] is a tensor",
    "nested, which lies deeper than its entries",
    "object, a tensor of 1 dimensions"
  })
  void aTensorThatIsNotUnderstoodIsNamedAndNothingIsReadWithoutIt(String kind, String word) {
    String whole = refusal(file("unread-%s.pth".formatted(kind)));
    assertTrue(whole.contains("'%s'".formatted(kind)), whole);
    assertTrue(whole.contains(word), whole);
    String nested = refusal(file("unread-%s-under-a-key.pth".formatted(kind)));
    assertTrue(nested.contains("net['%s']".formatted(kind)), nested);
  }

  @Test
  void unsignedIntegersAreReadFromUntypedStorages() {
    Map<String, StoredTensor> tensors = Checkpoint.read(file("unsigned.pth")).tensors();
    assertEquals(
        List.of("uint16 (2,)", "uint32 (2,)", "uint64 (2,)"),
        tensors.values().stream().map(StoredTensor::toString).toList());
    assertEquals((short) 65535, tensors.get("u16").data().getShort(2));
    assertEquals(1 << 31, tensors.get("u32").data().getInt(4));
    assertEquals(Long.MIN_VALUE, tensors.get("u64").data().getLong(8));
  }

  @Test
  void theNegativeBitChangesEverySign() {
    Map<String, StoredTensor> tensors = Checkpoint.read(file("negative.pth")).tensors();
    assertEquals(StoredTensor.of(new float[] {-1, -3, -5, -5, -7, -9}, 2, 3), tensors.get("imag"));
    assertArrayEquals(new float[] {-1.5f, .25f}, tensors.get("half").toFloats());
    assertEquals(StoredTensor.of(new float[] {1, 3, 5, 5, 7, 9}, 2, 3), tensors.get("same"));
  }

  @Test
  void whatIsOnlyCopiedMayBeComplexOrOfEightBits() {
    Checkpoint read = Checkpoint.readToCopy(file("only-copied.pth"));
    assertEquals(Set.of("w"), read.tensors().keySet());
    assertEquals(
        List.of(
            "fp8 F8_E4M3 (2,)",
            "fp4 F4 (6,)",
            "plain C64 (2, 2)",
            "conj C64 (2, 2)",
            "neg C64 (2, 2)",
            "both C64 (2, 2)"),
        read.copied().values().stream().map(FileTensor::toString).toList());
    assertArrayEquals(new byte[] {56, 64}, bytes(read.copied().get("fp8")).array());
    // The numbers 0 + 1i, 2 + 3i, ..., of which a view by columns leaves out the first.
    assertArrayEquals(new float[] {2, 3, 6, 7, 4, 5, 8, 9}, parts(read, "plain"));
    assertArrayEquals(new float[] {2, -3, 6, -7, 4, -5, 8, -9}, parts(read, "conj"));
    assertArrayEquals(new float[] {-2, -3, -6, -7, -4, -5, -8, -9}, parts(read, "neg"));
    assertArrayEquals(new float[] {-2, 3, -6, 7, -4, 5, -8, 9}, parts(read, "both"));
    assertArrayEquals(
        parts(read, "both"), parts(Checkpoint.readToCopy(file("only-copied-legacy.pth")), "both"));
    assertEquals(List.of("not kept: epoch, outside of the state dict"), read.besides());
    assertTrue(refusal(file("only-copied.pth")).contains("a tensor of torch.float8_e4m3fn"));
  }

  @Test
  void whatSafetensorsHasNoTypeForIsRefusedAlsoWhereItIsOnlyCopied() {
    String refusal =
        assertThrows(
                InvalidInputException.class,
                () -> Checkpoint.readToCopy(file("unread-complex.pth")))
            .getMessage();
    assertTrue(refusal.contains("ComplexDoubleStorage (safetensors has no such type)"), refusal);
  }

  private static float[] parts(Checkpoint read, String name) {
    float[] parts = new float[8];
    bytes(read.copied().get(name)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(parts);
    return parts;
  }

  private static ByteBuffer bytes(FileTensor tensor) {
    return tensor.read(0, ByteBuffer.allocate((int) tensor.bytes()));
  }

  @Test
  void aTensorWithPythonAttributesIsReadAndItsAttributesAreSaidToBeLeft() {
    Checkpoint read = Checkpoint.read(file("attributes.pth"));
    assertEquals(StoredTensor.of(new float[] {0, 1}, 2), read.tensors().get("w"));
    assertEquals(List.of("not kept: Python attributes of 1 of its tensors"), read.notes());
  }

  @Test
  void ofTwoStateDictsTheOneTakenIsSaid() {
    Checkpoint read = Checkpoint.read(file("averaged.pth"));
    assertEquals(Map.of("w", StoredTensor.of(new float[] {2, 3}, 2)), read.tensors());
    assertEquals(
        List.of("the state dict is 'state_dict'", "not kept: state_dict_ema, another state dict"),
        read.notes());
  }

  @ParameterizedTest
  @ValueSource(strings = {"net", "params", "weights", "state_dict_ema"})
  void theUsualKeysOfAStateDictAreFound(String key) {
    Checkpoint read = Checkpoint.read(file("under-%s.pth".formatted(key)));
    assertEquals(Set.of("w"), read.tensors().keySet());
    assertEquals(
        List.of(
            "the state dict is '%s'".formatted(key),
            "names are without 'module.', which a wrapper put before them"),
        read.notes());
    assertEquals(Map.of("acc", 95.0), read.numbers());
  }

  @Test
  void aWrappersPrefixIsTakenOffAndSaid() {
    Checkpoint read = Checkpoint.read(file("averaged-model.pth"));
    assertEquals(Set.of("weight", "bias"), read.tensors().keySet());
    assertEquals(
        List.of(
            "names are without 'module.', which a wrapper put before them",
            "not kept: 'n_averaged', how many networks were averaged"),
        read.notes());
  }

  @Test
  void namesOfALightningCheckpointAreItsModels() {
    Checkpoint read = Checkpoint.read(file("lightning.ckpt"));
    assertEquals(Set.of("fc.weight"), read.tensors().keySet());
    assertTrue(
        read.notes().contains("names are without Lightning's prefix 'model.'"),
        read.notes().toString());
  }

  @Test
  void whatIsNoTensorInAStateDictIsLeftOutAndSaid() {
    Checkpoint read = Checkpoint.read(file("extra-state.pth"));
    assertEquals(Set.of("w"), read.tensors().keySet());
    assertEquals(
        List.of(
            "the state dict is 'state_dict'",
            "not kept: state_dict['fc._extra_state'] is null, no tensor",
            "not kept: state_dict['steps'] is 3, no tensor"),
        read.notes());
  }

  @Test
  void whereNoKeyIsAUsualOneThoseThatAreThereAreListed() {
    String message = refusal(file("two-networks.pth"));
    assertTrue(
        message.contains(
            "teacher (a dictionary of 1 entries of w (a tensor of 1 dimensions)), student ("),
        message);
  }

  @Test
  void twoKeysThatBecomeOneNameAreRefused() {
    String message = refusal(file("two-of-a-name.pth"));
    assertTrue(message.contains("two of its tensors are named '1'"), message);
  }

  @ParameterizedTest
  @CsvSource({
    "version https://git-lfs.github.com/spec/v1, is a Git LFS pointer",
    "<!DOCTYPE html><html>Virus scan warning</html>, is a web page",
    "' \n<HTML>', is a web page",
    "something else, neither a torch.save file"
  })
  void whatStandsInForAFileIsSaidToBeWhatItIs(String content, String word) throws IOException {
    Path path = Files.writeString(folder.resolve("net.pth"), content);
    assertTrue(refusal(path).startsWith(path + ": " + word), refusal(path));
  }

  @Test
  void aReasonOfTheSystemsIsNoPathTwice() {
    Path path = folder.resolve("x".repeat(300));
    assertEquals(path + ": cannot be read: File name too long", refusal(path));
  }

  @Test
  void nestingFourHundredThousandDeepIsNoRecursion() throws IOException {
    ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.writeBytes(new byte[] {(byte) 0x80, 2});
    byte[] opened = new byte[400_000];
    Arrays.fill(opened, (byte) ']');
    pickle.writeBytes(opened);
    byte[] appended = new byte[399_999];
    Arrays.fill(appended, (byte) 'a');
    pickle.writeBytes(appended);
    pickle.write('.');
    assertTrue(refusal(zip(pickle.toByteArray())).contains("a list of 1 items"));
  }

  @Test
  void aNameOfManyPrefixesIsNoRecursion() throws IOException {
    String name = "module.".repeat(30_000) + "w";
    byte[] length =
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(name.length()).array();
    // {name: tensor of shape (1) in ('storage', torch.FloatStorage, '0', 'cpu', 24)}
    byte[] pickle =
        concat(
            new byte[] {(byte) 0x80, 2, '}', 'X'},
            length,
            name.getBytes(StandardCharsets.US_ASCII),
            "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\n"
                .getBytes(StandardCharsets.US_ASCII),
            "X\1\0\0\0000X\3\0\0\0cpuK\30tQK\0K\1".getBytes(StandardCharsets.US_ASCII),
            new byte[] {(byte) 0x85, 'K', 1, (byte) 0x85, 't', 'R', 's', '.'});
    assertEquals(1, Checkpoint.read(zip(pickle)).tensors().size());
  }

  @Test
  void aListThatContainsItselfIsAValueLikeAnother() throws IOException {
    byte[] pickle = {(byte) 0x80, 2, ']', 'q', 0, 'h', 0, 'a', '.'};
    assertTrue(refusal(zip(pickle)).contains("a list of 1 items"));
  }

  @Test
  void aStorageThatUnfoldsWithoutEndIsRefused() throws IOException {
    // ('storage', torch.FloatStorage, '0', 'cpu', 500,000,000): 2 GB of which the file has nothing
    byte[] pickle =
        concat(
            new byte[] {(byte) 0x80, 2, '}', '(', 'X', 1, 0, 0, 0, 'w'},
            "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\n"
                .getBytes(StandardCharsets.US_ASCII),
            "X\1\0\0\0000X\3\0\0\0cpuJ".getBytes(StandardCharsets.US_ASCII),
            new byte[] {0, 0x65, (byte) 0xcd, 0x1d, 't', 'Q', 'K', 0},
            new byte[] {
              'J', 0, 0x65, (byte) 0xcd, 0x1d, (byte) 0x85, 'K', 1, (byte) 0x85, 't', 'R'
            },
            new byte[] {'u', '.'});
    String message = refusal(zip(pickle));
    assertTrue(message.contains("unfold to more than 8 times its size"), message);
  }

  @Test
  void aValueNestedFourHundredThousandDeepBesideATensorIsNoRecursion() throws IOException {
    byte[] opened = new byte[400_000];
    Arrays.fill(opened, (byte) ']');
    byte[] appended = new byte[399_999];
    Arrays.fill(appended, (byte) 'a');
    // {'w': a tensor, 'x': lists within lists}
    byte[] pickle =
        concat(
            new byte[] {(byte) 0x80, 2, '}', '(', 'X', 1, 0, 0, 0, 'w'},
            "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\n"
                .getBytes(StandardCharsets.US_ASCII),
            "X\1\0\0\0000X\3\0\0\0cpuK\30tQK\0K\1".getBytes(StandardCharsets.US_ASCII),
            new byte[] {(byte) 0x85, 'K', 1, (byte) 0x85, 't', 'R', 'X', 1, 0, 0, 0, 'x'},
            opened,
            appended,
            new byte[] {'u', '.'});
    assertEquals(
        List.of("not kept: 'x' is a list of 1 items, no tensor"),
        Checkpoint.read(zip(pickle)).notes());
  }

  @Property(tries = 1000)
  void aMutatedFileGivesAValueOrARefusal(@ForAll Random random) throws IOException {
    String[] names = {"plain-2.pth", "plain-4.pth", "legacy.pth", "deflated.pth"};
    byte[] bytes = Files.readAllBytes(file(names[random.nextInt(names.length)]));
    mutate(bytes, random);
    Path path = Files.createTempFile("mutated", ".pth");
    try {
      int kept = random.nextBoolean() ? bytes.length : random.nextInt(bytes.length);
      Files.write(path, Arrays.copyOf(bytes, kept));
      readOrRefuse(path);
    } finally {
      Files.delete(path);
    }
  }

  @Property(tries = 1000)
  void aMutatedPickleInsideASoundArchiveGivesAValueOrARefusal(@ForAll Random random)
      throws IOException {
    byte[] pickle = pickleOf("nested.pth");
    mutate(pickle, random);
    Path path = Files.createTempFile("mutated", ".pth");
    try {
      writeZip(path, pickle);
      readOrRefuse(path);
    } finally {
      Files.delete(path);
    }
  }

  private static void mutate(byte[] bytes, Random random) {
    for (int changes = random.nextInt(6); changes >= 0; changes--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
  }

  @Test
  void aPlainStateDictOfPyTorchIsRead() {
    Checkpoint read = Checkpoint.read(Golden.path("pytorch/small-cnn.pth"));
    assertEquals(8, read.tensors().size());
    assertArrayEquals(new long[] {128, 3136}, read.tensors().get("classifier.1.weight").shape());
    assertEquals(6.060547320433674, sum(read.tensors()), 1e-9);
  }

  @Test
  void aNestedCheckpointOfPyTorchIsRead() {
    Checkpoint read = Checkpoint.read(Golden.path("pytorch/resnet18-w16.pth"));
    assertEquals(122, read.tensors().size());
    assertEquals(ElementType.I64, read.tensors().get("bn1.num_batches_tracked").type());
    assertEquals(2129.130038328554, sum(read.tensors()), 1e-9);
    assertEquals(7L, read.numbers().get("epoch"));
    assertEquals("nested, as training scripts save it", read.texts().get("note"));
  }

  @Test
  void feedbackMatricesOfPyTorchAreRead() {
    Checkpoint read = Checkpoint.read(Golden.path("pytorch/residual-mlp-dfa.pt"));
    assertEquals(30, read.tensors().size());
    assertEquals(341.2644038021681, sum(read.tensors()), 1e-9);
    assertEquals(1.0, read.numbers().get("test_acc"));
    List<StoredTensor> feedback = read.tensorLists().get("Bs");
    assertEquals(4, feedback.size());
    assertArrayEquals(new long[] {64, 10}, feedback.get(1).shape());
    assertEquals(13.819121571112191, Arrays.stream(feedback.get(1).toDoubles()).sum(), 1e-9);
  }

  private static double sum(Map<String, StoredTensor> tensors) {
    return tensors.values().stream()
        .filter(tensor -> tensor.type().isFloating())
        .mapToDouble(tensor -> Arrays.stream(tensor.toDoubles()).sum())
        .sum();
  }

  private static void readOrRefuse(Path path) {
    try {
      Checkpoint.read(path);
    } catch (InvalidInputException e) {
      assertEquals(1, e.getMessage().lines().count(), e.getMessage());
    }
  }

  private static String refusal(Path path) {
    String message =
        assertThrows(InvalidInputException.class, () -> Checkpoint.read(path)).getMessage();
    assertTrue(message.startsWith(path + ": "), message);
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  private Path zip(byte[] pickle) throws IOException {
    Path path = folder.resolve("made.pth");
    writeZip(path, pickle);
    return path;
  }

  private static void writeZip(Path path, byte[] pickle) throws IOException {
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(path))) {
      out.putNextEntry(new ZipEntry("archive/data.pkl"));
      out.write(pickle);
      for (int key = 0; key < 4; key++) {
        out.putNextEntry(new ZipEntry("archive/data/" + key));
        out.write(new byte[96]);
      }
    }
  }

  private static byte[] pickleOf(String name) throws IOException {
    try (ZipFile zip = new ZipFile(file(name).toFile())) {
      return zip.getInputStream(zip.getEntry("archive/data.pkl")).readAllBytes();
    }
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** 230 bytes were once gigabytes of text: names made of names, each twice as long. */
  @Test
  void namesAreNeverBuiltOfOtherValues() throws IOException {
    ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.write(new byte[] {(byte) 0x80, 4, (byte) 0x8c, 1, 'a', (byte) 0x94});
    for (int i = 0; i < 60; i++) {
      pickle.write(new byte[] {'h', (byte) i, 'h', (byte) i, (byte) 0x93, (byte) 0x94});
    }
    pickle.write('.');
    String message = refusal(zipped(pickle));
    assertTrue(
        message.endsWith("a class or function whose name is no text, or a long one"), message);
  }

  @Test
  void aTensorOfAClassWithinAnotherIsNotFollowed() throws IOException {
    ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.write(new byte[] {(byte) 0x80, 2});
    byte[] call = "ctorch._tensor\n_rebuild_from_type_v2\n".getBytes(StandardCharsets.US_ASCII);
    byte[] type = "ctorch\nTensor\n".getBytes(StandardCharsets.US_ASCII);
    pickle.write(call);
    for (int i = 0; i < 20_000; i++) {
      pickle.write('(');
      pickle.write(call);
      pickle.write(type);
    }
    for (int i = 0; i < 20_000; i++) {
      pickle.write(new byte[] {')', '}', 't'});
    }
    pickle.write(new byte[] {'R', '.'});
    assertFalse(refusal(zipped(pickle)).isEmpty());
  }

  @Test
  void aFileCutShortSaysSo() throws IOException {
    byte[] whole = Files.readAllBytes(file("plain-2.pth"));
    Path cut = Files.write(folder.resolve("cut.pth"), Arrays.copyOf(whole, whole.length / 2));
    assertTrue(refusal(cut).contains("is cut short or damaged, as a zip archive: "), refusal(cut));
  }

  private Path zipped(ByteArrayOutputStream pickle) throws IOException {
    Path file = folder.resolve("hostile.pth");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("x/data.pkl"));
      zip.write(pickle.toByteArray());
      zip.closeEntry();
    }
    return file;
  }

  private static Path file(String name) {
    return Path.of("src/test/resources/dev/collapsar/learn/checkpoint", name);
  }

  @Test
  void aTorchScriptFileIsSaidToBeOneAndWhatTakesIt() {
    Path script = Golden.path("torchscript/built-in/resnet18-cifar.pt");
    String message =
        assertThrows(InvalidInputException.class, () -> Checkpoint.read(script)).getMessage();
    assertTrue(message.contains("is TorchScript, not a state dict"), message);
    assertTrue(message.contains("network export FILE OUT.pt --adapter DIR"), message);
  }
}
