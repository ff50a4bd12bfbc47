package dev.collapsar.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.features.FeatureFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of strangers: each is refused in one line that names it. */
class HostileFilesTest {
  private static final String NPY = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }";
  private static final String TENSOR =
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}%s}";

  @TempDir Path folder;

  /** Opens the file and reads everything that can be read of it. */
  static void exhaust(Path path) throws IOException {
    try (ArrayFile file = ArrayFile.open(path.toString())) {
      for (StoredArray array : file.arrays()) {
        if (array.type() != null && array.shape().length <= 2) {
          array.requireRowMajorOrTwoDimensions();
          new ElementBytes(array).forEach(bytes -> {});
        }
      }
    }
    try (FeatureFile table = FeatureFile.unlabelled(path.toString());
        BatchSource source = table.read(2)) {
      while (source.next() != null) {}
    }
  }

  private String refusal(String name, byte[] bytes) throws IOException {
    return refusal(Files.write(folder.resolve(name), bytes));
  }

  private static String refusal(Path file) {
    String message = assertThrows(InvalidInputException.class, () -> exhaust(file)).getMessage();
    assertTrue(message.startsWith(file + ": "), message);
    assertFalse(message.contains("\n"), message);
    assertTrue(message.length() < 1100, message);
    return message.substring(file.toString().length() + 2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "features-le-f4.npy",
        "features-v2.npy",
        "stored.npz",
        "deflated.npz",
        "features.safetensors",
        "every-type.safetensors"
      })
  void aFileCutShortAnywhereIsRefused(String name) throws IOException {
    Path file = Files.copy(Goldens.file(name), folder.resolve(name));
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      for (long length = bytes.length() - 1; length >= 0; length--) {
        bytes.setLength(length);
        refusal(file);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"features-le-f4.npy", "features.safetensors"})
  void bytesBehindTheArraysAreRefused(String name) throws IOException {
    byte[] whole = Files.readAllBytes(Goldens.file(name));
    refusal("long-" + name, Arrays.copyOf(whole, whole.length + 1));
  }

  @Test
  void whatIsNotThereOrIsNoFileIsRefused() {
    for (Path path : new Path[] {folder, folder.resolve("none.npy"), Path.of("/dev/zero")}) {
      String message = assertThrows(InvalidInputException.class, () -> exhaust(path)).getMessage();
      assertTrue(message.startsWith(path + ": "), message);
    }
    assertThrows(InvalidInputException.class, () -> ArrayFile.open("a\0b"));
  }

  @TestFactory
  Stream<DynamicTest> eachNumpyHeader() {
    Map<String, String> dictionaries = new LinkedHashMap<>();
    dictionaries.put("negative length", NPY.formatted("<f4", "False", "(-1, 2)"));
    dictionaries.put(
        "overflowing shape", NPY.formatted("<f4", "False", "(4294967296, 4294967296)"));
    dictionaries.put(
        "length beyond a long", NPY.formatted("<f4", "False", "(99999999999999999999,)"));
    dictionaries.put(
        "length barely beyond a long", NPY.formatted("<f4", "False", "(9223372036854775808,)"));
    dictionaries.put(
        "size overflowing by the head", NPY.formatted("<f4", "False", "(2305843009213693951,)"));
    dictionaries.put("shape larger than the file", NPY.formatted("<f4", "False", "(1000, 1000)"));
    dictionaries.put("no dimension", NPY.formatted("<f4", "False", "()"));
    dictionaries.put("empty rows", NPY.formatted("<f4", "False", "(1048576, 0)"));
    dictionaries.put("shape of text", NPY.formatted("<f4", "False", "'2'"));
    dictionaries.put("expression for a shape", NPY.formatted("<f4", "False", "(2 ** 9, 1)"));
    dictionaries.put("call for a shape", NPY.formatted("<f4", "False", "exit()"));
    dictionaries.put("order that is neither", NPY.formatted("<f4", "Maybe", "(2, 2)"));
    dictionaries.put("objects", NPY.formatted("|O", "False", "(2, 2)"));
    dictionaries.put("text", NPY.formatted("<U3", "False", "(2, 2)"));
    dictionaries.put("complex numbers", NPY.formatted("<c8", "False", "(2, 2)"));
    dictionaries.put("elements of no size", NPY.formatted("<f0", "False", "(2, 2)"));
    dictionaries.put("elements of huge size", NPY.formatted("<V2147483647", "False", "(2, 2)"));
    dictionaries.put("no type", NPY.formatted("", "False", "(2, 2)"));
    dictionaries.put("missing key", "{'descr': '<f4', 'shape': (2, 2)}");
    dictionaries.put(
        "unknown key", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), 'x': 'y'}");
    dictionaries.put(
        "duplicate key",
        "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)}");
    dictionaries.put(
        "unclosed dictionary", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)");
    dictionaries.put("unclosed text", "{'descr: <f4");
    dictionaries.put("unclosed list", "{'descr': [('a', '<f4'");
    dictionaries.put("deep list", "{'descr': " + "[".repeat(60) + "]".repeat(40));
    dictionaries.put("nothing", "");
    dictionaries.put("line break in the type", NPY.formatted("<\n\u001b[31m", "False", "(2, 2)"));
    return dictionaries.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(),
                    () ->
                        refusal(
                            "x.npy",
                            Arrays.copyOf(HostileFiles.npyHead(entry.getValue()), 128 + 16))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"(0, 4)", "(4, 0)", "(0,)", "(0, 4611686018427387904, 4)"})
  void noFeaturesAtAllAreRefused(String shape) throws IOException {
    refusal("none.npy", HostileFiles.npyHead(NPY.formatted("<f4", "False", shape)));
  }

  @Test
  void numpyHeadersThatClaimTooMuchAreRefused() throws IOException {
    byte[] file = Files.readAllBytes(Goldens.file("features-v2.npy"));
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(8, -1);
    assertTrue(refusal("huge.npy", file).startsWith("claims a .npy header of 4294967295 bytes"));
    file[6] = 9;
    assertTrue(refusal("new.npy", file).startsWith("has .npy version 9.0"));
    file[0] = 'X';
    assertTrue(refusal("magic.npy", file).startsWith("is no .npy, .npz, .safetensors, "));
  }

  @Test
  void aPickleIsNotOpened() throws IOException {
    byte[] pickle = "\u0080\u0004cos\nsystem\n(S'true'\ntR.".getBytes(StandardCharsets.ISO_8859_1);
    assertTrue(refusal("features.npy", pickle).contains("pickle"));
    assertTrue(refusal("model.npz", zip(Map.of("model/data.pkl", pickle))).contains("PyTorch"));
  }

  @TestFactory
  Stream<DynamicTest> eachSafeTensorsHeader() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put(
        "hole", tensors(",\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[9,10]}", 10));
    files.put(
        "overlap", tensors(",\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}", 8));
    files.put(
        "overrun", tensors(",\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[8,12]}", 10));
    files.put("bytes of nobody", tensors("", 12));
    files.put(
        "duplicate tensor",
        tensors(",\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[8,9]}", 9));
    files.put("duplicate metadata", tensors(",\"__metadata__\":{\"k\":\"v\",\"k\":\"w\"}", 8));
    files.put(
        "duplicate key",
        HostileFiles.safeTensors(
            "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1));
    files.put("metadata that is no text", tensors(",\"__metadata__\":{\"k\":1}", 8));
    files.put(
        "backward offsets",
        HostileFiles.safeTensors(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[1,0]}}", 1));
    files.put(
        "negative length",
        HostileFiles.safeTensors(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[-1,-1],\"data_offsets\":[0,1]}}", 1));
    files.put(
        "negative offset",
        HostileFiles.safeTensors(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[-1,0]}}", 1));
    files.put(
        "overflowing shape",
        HostileFiles.safeTensors(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}",
            0));
    files.put(
        "length beyond a long",
        HostileFiles.safeTensors(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[18446744073709551617],\"data_offsets\":[0,4]}}",
            4));
    files.put(
        "length that is no integer",
        HostileFiles.safeTensors(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[1e0],\"data_offsets\":[0,1]}}", 1));
    files.put(
        "number of a million digits",
        HostileFiles.safeTensors(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":["
                + "1".repeat(1_000_000)
                + "],\"data_offsets\":[0,1]}}",
            1));
    files.put(
        "three offsets",
        HostileFiles.safeTensors(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,1]}}", 1));
    files.put(
        "too many dimensions",
        HostileFiles.safeTensors(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":["
                + "1,".repeat(64)
                + "1],\"data_offsets\":[0,1]}}",
            1));
    files.put(
        "no shape",
        HostileFiles.safeTensors("{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1));
    files.put("tensor that is no object", HostileFiles.safeTensors("{\"a\":[1]}", 0));
    files.put("not JSON", HostileFiles.safeTensors("{\"a\":nonsense}", 0));
    files.put("not an object", HostileFiles.safeTensors("[1,2,3]", 0));
    files.put("two objects", HostileFiles.safeTensors("{}{}", 0));
    files.put(
        "deep nesting",
        HostileFiles.safeTensors(
            "{\"a\":{\"x\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}}", 0));
    files.put("not UTF-8", badUtf8());
    files.put("UTF-16", utf16());
    files.put(
        "line break in a name",
        HostileFiles.safeTensors(
            "{\"a\\nb\\u2028\":{\"dtype\":\"U8\",\"shape\":[7],\"data_offsets\":[0,1]}}", 1));
    files.put(
        "name of a million letters",
        HostileFiles.safeTensors(
            "{\""
                + "a".repeat(40_000)
                + "\":{\"dtype\":\"U8\",\"shape\":[7],\"data_offsets\":[0,1]}}",
            1));
    files.put("header as long as a long", ByteBuffer.allocate(64).putLong(-1).array());
    files.put(
        "header longer than the file",
        ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(57).put((byte) '{').array());
    files.put(
        "unknown type as features",
        HostileFiles.safeTensors(
            "{\"a\":{\"dtype\":\"F4\",\"shape\":[2,2],\"data_offsets\":[0,2]}}", 2));
    return files.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(),
                    () -> {
                      refusal("x.safetensors", entry.getValue());
                      Path file = folder.resolve("x.safetensors");
                      assertThrows(InvalidInputException.class, () -> SafeTensors.read(file));
                    }));
  }

  private static byte[] tensors(String more, int dataBytes) {
    return HostileFiles.safeTensors(TENSOR.formatted(more), dataBytes);
  }

  private static byte[] badUtf8() {
    byte[] file = HostileFiles.safeTensors("{\"a?\":{}}", 0);
    file[11] = (byte) 0xff;
    return file;
  }

  private static byte[] utf16() {
    byte[] text = "{\"a\":{}}".getBytes(StandardCharsets.UTF_16LE);
    return ByteBuffer.allocate(8 + text.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }

  @Test
  void aHeaderLongerThanAnyInUseIsRefusedUnread() throws IOException {
    Path file = folder.resolve("sparse.safetensors");
    try (var out = new RandomAccessFile(file.toFile(), "rw")) {
      out.writeLong(Long.reverseBytes(3L << 30));
      out.write('{');
      out.setLength(4L << 30);
    }
    String message = assertThrows(InvalidInputException.class, () -> exhaust(file)).getMessage();
    assertTrue(message.contains("its header claims 3221225472 bytes"), message);
  }

  @Test
  void whatDoesNotFitInMemoryIsSaidBeforeItIsTried() throws IOException {
    Path file = folder.resolve("vast.npy");
    HostileFiles.npy(file, "<f8", false, "(1000000, 1000000)", 8_000_000_000_000L);
    try (ArrayFile opened = ArrayFile.open(file.toString())) {
      StoredArray weights = opened.weights();
      String message = assertThrows(InvalidInputException.class, weights::toDoubles).getMessage();
      assertTrue(message.contains("-Xmx"), message);
    }
  }

  private static byte[] zip(Map<String, byte[]> members) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> member : members.entrySet()) {
        zip.putNextEntry(new ZipEntry(member.getKey()));
        zip.write(member.getValue());
      }
    }
    return bytes.toByteArray();
  }

  /** An npz of one stored member, whose fields tests overwrite. */
  private static ByteBuffer stored(String name, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CRC32 crc = new CRC32();
    crc.update(content);
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      ZipEntry entry = new ZipEntry(name);
      entry.setMethod(ZipEntry.STORED);
      entry.setSize(content.length);
      entry.setCrc(crc.getValue());
      zip.putNextEntry(entry);
      zip.write(content);
    }
    return ByteBuffer.wrap(bytes.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] features() throws IOException {
    return Files.readAllBytes(Goldens.file("features-le-f4.npy"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../x.npy", "/x.npy", "a/../../x.npy", "..\\x.npy", "C:x.npy", "a/..", ".."})
  void zipMembersThatPointOutsideAreRefused(String name) throws IOException {
    assertTrue(refusal("x.npz", zip(Map.of(name, features()))).contains("points outside"));
  }

  @Test
  void zipsThatContradictThemselvesAreRefused() throws IOException {
    byte[] content = features();
    ByteBuffer whole = stored("x.npy", content);
    int end = whole.limit() - 22;
    int central = whole.getInt(end + 16);
    refusalWith("another name in the local header", whole, 30, (byte) 'y');
    refusalWith("local header elsewhere", whole, central + 42, 1);
    refusalWith("local header far outside", whole, central + 42, Integer.MAX_VALUE);
    refusalWith("local header in a zip64 field that is not there", whole, central + 42, -1);
    refusalWith("size larger than the file", whole, central + 24, 1 << 30);
    refusalWith("packed size other than the size", whole, central + 20, 1);
    refusalWith("directory outside", whole, end + 16, Integer.MAX_VALUE);
    refusalWith("directory too long", whole, end + 12, Integer.MAX_VALUE);
    refusalWith("zip64 directory that is not there", whole, end + 16, -1);
    refusalWith("unknown method", whole, central + 10, (byte) 12);
    refusalWith("encrypted", whole, central + 8, (byte) 1);
    refusalWith("name longer than the directory", whole, central + 28, (byte) 200);
  }

  private void refusalWith(String fault, ByteBuffer whole, int at, int value) throws IOException {
    byte[] broken = whole.array().clone();
    ByteBuffer.wrap(broken).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
    refusal(fault.replace(' ', '-') + ".npz", broken);
  }

  private void refusalWith(String fault, ByteBuffer whole, int at, byte value) throws IOException {
    byte[] broken = whole.array().clone();
    broken[at] = value;
    refusal(fault.replace(' ', '-') + ".npz", broken);
  }

  @Test
  void twoMembersOfOneNameOrOneContentAreRefused() throws IOException {
    byte[] two = zip(new LinkedHashMap<>(Map.of("x.npy", features(), "y.npy", features())));
    ByteBuffer words = ByteBuffer.wrap(two).order(ByteOrder.LITTLE_ENDIAN);
    int first = words.getInt(two.length - 22 + 16);
    int second = first + 46 + 5;
    byte[] twins = two.clone();
    twins[first + 46] = 'z';
    twins[second + 46] = 'z';
    twins[30] = 'z';
    twins[words.getInt(second + 42) + 30] = 'z';
    assertTrue(refusal("twins.npz", twins).contains("twice"));
    // Two directory entries for the bytes of one member: names are compared with the local header.
    byte[] shared = two.clone();
    ByteBuffer.wrap(shared)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(second + 42, words.getInt(first + 42));
    refusal("shared.npz", shared);
  }

  @Test
  void membersThatOverlapAreRefused() throws IOException {
    // The content of the outer member is a local header of its own: bytes used twice.
    byte[] inner = stored("y.npy", features()).array();
    ByteBuffer outer = stored("x.npy", inner);
    int end = outer.limit() - 22;
    int central = outer.getInt(end + 16);
    int innerCentral =
        ByteBuffer.wrap(inner).order(ByteOrder.LITTLE_ENDIAN).getInt(inner.length - 6);
    ByteBuffer whole = ByteBuffer.allocate(outer.limit() + 51).order(ByteOrder.LITTLE_ENDIAN);
    whole.put(outer.array(), 0, end).put(inner, innerCentral, 51).put(outer.array(), end, 22);
    whole.putInt(end + 42, 35);
    whole.putInt(whole.limit() - 10, 2 * 51);
    whole.putInt(central + 10, 0);
    assertTrue(refusal("quine.npz", whole.array()).contains("overlaps"));
  }

  @Test
  void bombsAreNotUnpacked() throws IOException {
    byte[] bomb = new byte[64 << 20];
    byte[] head = HostileFiles.npyHead(NPY.formatted("<f4", "False", "(4194272, 4)"));
    System.arraycopy(head, 0, bomb, 0, head.length);
    byte[] zip = zip(Map.of("x.npy", bomb));
    int end = zip.length - 22;
    ByteBuffer words = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
    int central = words.getInt(end + 16);
    // As honest as a bomb can be: it claims more than a deflate stream of its length can give.
    words.putInt(central + 24, Integer.MAX_VALUE);
    assertTrue(refusal("claims.npz", zip).contains("zip bombs"));
    // It unpacks to more than it claims.
    byte[] small = HostileFiles.npyHead(NPY.formatted("<f4", "False", "(1000, 4)"));
    System.arraycopy(small, 0, bomb, 0, small.length);
    zip = zip(Map.of("x.npy", bomb));
    ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN).putInt(zip.length - 22 - 51 + 24, 16_128);
    assertTrue(refusal("grows.npz", zip).contains("more than the 16128 bytes"));
  }

  @Test
  void aDeflatedMemberWithAnotherChecksumIsRefused() throws IOException {
    byte[] zip = zip(Map.of("x.npy", features()));
    zip[zip.length - 22 - 51 + 16] ^= 1;
    assertTrue(refusal("crc.npz", zip).contains("checksum"));
  }

  @Test
  void anUnpackedMemberLeavesNoFileBehind() throws IOException {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    long before = count(temporary);
    try (FeatureFile table = FeatureFile.open(Goldens.file("deflated.npz").toString());
        BatchSource source = table.read(7)) {
      assertEquals(7, source.next().rows());
    }
    assertEquals(before, count(temporary));
  }

  private static long count(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().startsWith("collapsar")).count();
    }
  }

  @Test
  void aPipeADeviceOrAFolderIsRefusedBeforeAnythingWaitsForIt() throws Exception {
    Path pipe = folder.resolve("pipe.npy");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    for (Path file : List.of(pipe, Path.of("/dev/zero"), folder)) {
      for (Executable reader :
          List.<Executable>of(
              () -> FeatureFile.unlabelled(file.toString()),
              () -> IdxImages.read(file, file),
              () -> InputFile.bytes(file, 100))) {
        String message =
            assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThrows(InvalidInputException.class, reader).getMessage());
        assertEquals(file + ": is no regular file", message);
      }
    }
  }

  @Test
  void whatIsNoRegularFileIsNeverReplaced() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    Path nothing = Files.createSymbolicLink(folder.resolve("nothing"), folder.resolve("gone"));
    for (Path target : List.of(pipe, Path.of("/dev/null"), nothing)) {
      assertThrows(InvalidInputException.class, () -> NewFile.write(target, out -> out.write(1)));
    }
    assertFalse(Files.isRegularFile(pipe));
    assertTrue(Files.isSymbolicLink(nothing));
  }

  @Test
  void aLinkIsWrittenThrough() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "before");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    NewFile.write(link, out -> out.write("after".getBytes(StandardCharsets.UTF_8)));
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("after", Files.readString(file));
  }

  private static byte[] npy(String type, String shape, int bytes) {
    String header = NPY.formatted(type, "False", shape);
    header += " ".repeat(117 - header.length()) + "\n";
    return ByteBuffer.allocate(128 + bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("\u0093NUMPY\u0001\u0000".getBytes(StandardCharsets.ISO_8859_1))
        .putShort((short) 118)
        .put(header.getBytes(StandardCharsets.ISO_8859_1))
        .array();
  }
}
