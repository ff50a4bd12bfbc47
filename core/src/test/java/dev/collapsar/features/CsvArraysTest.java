package dev.collapsar.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ArrayFile;
import dev.collapsar.data.StoredArray;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvArraysTest {
  @TempDir Path folder;

  private String table(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  private static List<String> arrays(String file) {
    try (ArrayFile opened = ArrayFile.open(file)) {
      return opened.arrays().stream().map(StoredArray::toString).toList();
    }
  }

  @Test
  void aTableOfPandasIsFeaturesAndLabels() throws IOException {
    String file = table("t.csv", ",a,b,species\n0,1.5,-2e3,cat\n1,.5,4,\"dog, big\"\n2,3,5,cat\n");
    assertEquals(List.of("features float64 (3, 2)", "species text (3,)"), arrays(file));
    try (FeatureFile features = FeatureFile.open(file)) {
      assertEquals(2, features.classes());
      assertEquals(List.of("cat", "dog, big"), features.classNames());
      double[] values = new double[6];
      try (ArrayFile opened = ArrayFile.open(file + "#features")) {
        values = opened.features().toDoubles();
      }
      assertEquals(
          List.of(1.5, -2e3, .5, 4.0, 3.0, 5.0), java.util.Arrays.stream(values).boxed().toList());
      assertEquals(
          List.of(
              "column 0 '' counts the rows and is left out",
              "features are the 2 columns a, b",
              "columns of text are no features: species ('cat' in row 0)",
              "labels are text: classes 0..1 are, in the order of their letters, cat, dog, big"),
          features.notes());
    }
  }

  @Test
  void aColumnThatOneCellMakesTextIsSaidToBeNoFeature() throws IOException {
    String file =
        table("t.csv", "a,b,c,label\n1,2,3,x\n4,5,NA,y\n6,\"1,234.5 by estimation\",8,\n");
    try (ArrayFile opened = ArrayFile.open(file)) {
      assertEquals(
          List.of(
              "features are the 1 columns a",
              "columns of text are no features: b ('1,234.5 by estimatio...' in row 2),"
                  + " c ('NA' in row 1)"),
          opened.notes());
    }
  }

  /** Of two columns, the second of numbers: one of text stays alone. */
  @ParameterizedTest
  @CsvSource({
    "1, true",
    "-1.5, true",
    "+.5, true",
    "5., true",
    "1.e5, true",
    "-3E+04, true",
    "nan, true",
    "-NaN, true",
    "Infinity, true",
    "-inf, true",
    "1e, false",
    "+, false",
    "., false",
    "e5, false",
    "1d, false",
    "0x1p3, false",
    "1 2, false",
    "--1, false",
    "1e5.5, false",
    "infinit, false",
    "\u0661, false"
  })
  void aNumberIsDecimalOrNanOrInfinite(String cell, boolean number) throws IOException {
    String text = number ? "" : ", b text (1,)";
    assertEquals(
        "[features float64 (1, %s)%s]".formatted(number ? 2 : 1, text),
        arrays(table("n.csv", "a,b\n7," + cell + "\n")).toString());
  }

  /** What is read at once ends in the midst of it. */
  @Test
  void aLongCellWithQuotesAndLinesIsWhole() throws IOException {
    String word = "a\"b,\nc".repeat(5_000);
    String file = table("q.csv", "x,label\n1,\"" + word.replace("\"", "\"\"") + "\"\n2,d\n");
    try (FeatureFile features = FeatureFile.open(file)) {
      assertEquals(List.of(word, "d"), features.classNames());
    }
  }

  @Test
  void aShortTableIsReadInLittleMemory() throws IOException {
    String file = table("s.csv", "1,2\n3,4\n");
    arrays(file);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    arrays(file);
    long bytes = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    assertTrue(bytes < 1 << 22, bytes + " bytes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x.txt | 1.0e+00 2.0e+00/3 4/ | features float64 (2, 2)",
        "x.tsv | 1;2/3;4 | features float64 (2, 2)",
        "y.csv | 0/1/1 | labels float64 (3,)",
        "y.csv | label/0/1/1 | label float64 (3,)",
        "y.csv | cat/dog/cat | labels text (3,)",
        "y.csv | kind/dog/cat | kind text (2,)"
      })
  void withAndWithoutALineOfNames(String name, String text, String found) throws IOException {
    assertEquals(List.of(found), arrays(table(name, text.replace('/', '\n'))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a,b/1,2/3 | row 1 has 1 cells, the first line has 2",
        "a,b/1,2/3, | row 1 has no value in column 'b'",
        "a,b | has no line below its line of names",
        "'' | is empty",
        "a,b/\"1,2 | a quote does not end"
      })
  void aTableWithHolesIsRefusedWithItsRow(String text, String said) throws IOException {
    String file = table("bad.csv", text.replace('/', '\n'));
    String message =
        assertThrows(InvalidInputException.class, () -> ArrayFile.open(file)).getMessage();
    assertTrue(message.endsWith(said), message);
  }

  @Test
  void aColumnOfNumbersIsNoArrayOfItsOwnAndTheRefusalSaysHowItBecomesLabels() throws IOException {
    String file = table("t.csv", "a,digit\n1,2\n3,4\n");
    String message =
        assertThrows(InvalidInputException.class, () -> FeatureFile.open(file, file + "#digit"))
            .getMessage();
    assertTrue(
        message.endsWith(
            "but one called label, y, target or class; features are the 2 columns a, digit"),
        message);
  }

  @Test
  void severalLayersOfOneFileAreNamedOrAll() throws IOException {
    String file = table("t.csv", "a,b,label\n1,2,0\n3,4,1\n");
    assertEquals(List.of(), TapNames.of(file + "#features", java.util.Optional.empty()));
    assertEquals(List.of("features"), TapNames.of(file + "#*", java.util.Optional.empty()));
    assertEquals(
        List.of("x", "features"), TapNames.of(file + "#x,features", java.util.Optional.empty()));
  }
}
