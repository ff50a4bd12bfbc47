package dev.collapsar.cli.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import picocli.CommandLine.Option;

/** Whether a command prints for eyes or for programs, as an option of it. */
public final class OutputForm {
  /** For eyes, or one JSON value whose numbers read back to the same. */
  public enum Form {
    TABLE,
    JSON
  }

  @Option(names = "--format", paramLabel = "table|json", description = "default: table")
  private Form form = Form.TABLE;

  /** Whether programs read it. */
  public boolean isJson() {
    return form == Form.JSON;
  }

  /** Prints a value of texts, numbers, lists, maps and records. */
  public static void print(Object value, PrintWriter stdout) {
    try {
      stdout.println(
          JsonMapper.builder()
              .enable(SerializationFeature.INDENT_OUTPUT)
              .build()
              .writeValueAsString(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("plain data are always JSON", e);
    }
    stdout.flush();
  }
}
