package dev.collapsar.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MetricsCsvTest {
  @Test
  void aValueIsEmptyWhereUndefinedAndTheNoteSaysWhy() {
    RunRecord.Row row =
        new RunRecord.Row("base", "pretrain", 0, "features", "nc1_pinv", null, "1 class, not 2");
    assertEquals(
        """
        variant,stage,epoch,layer,metric,value,note
        base,pretrain,0,features,nc1_pinv,,"1 class, not 2"
        """,
        MetricsCsv.format(List.of(row)));
  }

  @Test
  void aRowWithNeitherValueNorReasonDoesNotExist() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new RunRecord.Row("base", "pretrain", 0, "", "nc1_pinv", null, null));
    assertThrows(
        IllegalArgumentException.class,
        () -> new RunRecord.Row("base", "pretrain", 0, "", "nc1_pinv", Double.NaN, "diverged"));
  }

  @Property(tries = 300)
  void everyFieldReadsBack(
      @ForAll @Size(max = 4) List<String> names, @ForAll double value, @ForAll String note) {
    List<RunRecord.Row> rows = new ArrayList<>();
    for (String name : names) {
      rows.add(
          new RunRecord.Row(name, "s", 3, "l", "m", Double.isFinite(value) ? value : 0.0, note));
    }
    List<List<String>> read = parse(MetricsCsv.format(rows));
    assertEquals(rows.size() + 1, read.size());
    for (int i = 0; i < rows.size(); i++) {
      List<String> fields = read.get(i + 1);
      assertEquals(rows.get(i).variant(), fields.get(0));
      assertEquals(rows.get(i).value(), Double.parseDouble(fields.get(5)));
      assertEquals(note, fields.get(6));
    }
  }

  /** RFC 4180, character by character. */
  private static List<List<String>> parse(String text) {
    List<List<String>> lines = new ArrayList<>();
    List<String> line = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted) {
        if (c != '"') {
          field.append(c);
        } else if (i + 1 < text.length() && text.charAt(i + 1) == '"') {
          field.append(text.charAt(++i));
        } else {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == ',' || c == '\n') {
        line.add(field.toString());
        field.setLength(0);
        if (c == '\n') {
          lines.add(line);
          line = new ArrayList<>();
        }
      } else {
        field.append(c);
      }
    }
    return lines;
  }
}
