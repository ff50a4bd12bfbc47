package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.command.ExitCodes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code adapter extract}, {@code resize} and {@code compare}, as their users meet them. */
class AdapterSpectraCommandTest {
  @TempDir Path folder;

  private static String golden(String path) {
    return Golden.path("adapters/" + path).toString();
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void whatIsExtractedMergesBackAndWhatIsResizedIsCompared() throws IOException {
    Session extracted =
        Session.of(
            "adapter",
            "extract",
            golden("extract/base.safetensors"),
            golden("extract/tuned.safetensors"),
            "--rank",
            "3",
            "--out",
            at("a"));
    assertEquals(ExitCodes.DONE, extracted.exitCode(), extracted.err());
    assertTrue(extracted.out().contains("saved in full: head.weight"), extracted.out());
    Session merged = Session.of("adapter", "merge", at("a"), "--out", at("merged.safetensors"));
    assertEquals(ExitCodes.DONE, merged.exitCode(), merged.err());
    Session resized =
        Session.of("adapter", "resize", at("a"), "--energy", ".9", "--out", at("small"));
    assertEquals(ExitCodes.DONE, resized.exitCode(), resized.err());
    Session compared =
        Session.of(
            "adapter",
            "compare",
            at("a"),
            at("small"),
            "--html",
            at("map.html"),
            "--format",
            "json");
    assertEquals(ExitCodes.DONE, compared.exitCode(), compared.err());
    JsonNode layer =
        new ObjectMapper().readTree(compared.out()).get("layers").get("model.layers.0.k_proj");
    assertEquals(1, layer.get("inputs").get("overlap").doubleValue(), 1e-9);
    assertTrue(layer.get("cosine").doubleValue() > .94, layer.toString());
    String page = Files.readString(folder.resolve("map.html"));
    assertTrue(page.contains("model.layers.0.k_proj") && !page.contains("<script"), page);
  }

  @Test
  void infoPrintsSpectraInNaturalOrderWithTotalsByTypeAndAPage() throws IOException {
    Session session =
        Session.of(
            "adapter", "info", golden("compare/a"), "--spectra", "--html", at("spectra.html"));
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertTrue(session.out().contains("stable rank"), session.out());
    assertTrue(session.out().contains("v_proj"), session.out());
    Session json =
        Session.of("adapter", "info", golden("compare/a"), "--spectra", "--format", "json");
    JsonNode layer =
        new ObjectMapper().readTree(json.out()).get("spectra").get("model.layers.0.q_proj");
    assertEquals(1.84026239241057, layer.get("stableRank").doubleValue(), 1e-8); // of expected.json
    assertTrue(Files.readString(folder.resolve("spectra.html")).contains("Stable rank"));
  }

  @Test
  void withABaseInfoTellsHowFarOutputsChangeInLengthAndDirection() throws IOException {
    Session session =
        Session.of(
            "adapter",
            "info",
            golden("dora-linear/adapter"),
            "--base",
            golden("dora-linear/base"),
            "--spectra",
            "--format",
            "json");
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    JsonNode layer = new ObjectMapper().readTree(session.out()).get("outputs").get("fc1");
    assertEquals(0.3206089154082679, layer.get("magnitudeChange").doubleValue(), 1e-6); // by numpy
    assertEquals(0.45251402330008783, layer.get("directionChange").doubleValue(), 1e-6);
  }

  @Test
  void infoCountsIntrudersBesideTheUpdatesSizeAndWhatRotatedOnesGive() throws IOException {
    String adapter = golden("intruders/adapter");
    String base = golden("intruders/base.safetensors");
    Session session =
        Session.of("adapter", "info", adapter, "--base", base, "--intruders", "--null", "3");
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertTrue(session.out().contains("of 3 draws"), session.out());
    assertTrue(session.out().contains("the count follows the update's size"), session.out());
    Session json =
        Session.of("adapter", "info", adapter, "--base", base, "--intruders", "--format", "json");
    JsonNode layers = new ObjectMapper().readTree(json.out()).get("intruders").get("layers");
    assertEquals(4, layers.get("fc1").get("intruders").intValue()); // as PEFT counts
  }

  @ParameterizedTest
  @CsvSource({
    "info intruders/adapter --intruders, --base",
    "info intruders/adapter --base intruders/base.safetensors --null 3, --intruders",
    "info intruders/adapter --base intruders/base.safetensors --intruders --null 1, got 1",
    "info intruders/adapter --base compare/base.safetensors --intruders, base",
    "info compare/a --spectra --base resize/updates_f64.safetensors --html OUT.html, base",
    "resize resize/adapter --out OUT, --rank",
    "resize resize/adapter --rank 0 --out OUT, --rank 0: must be at least 1",
    "resize resize/adapter --energy 1.5 --out OUT, '--energy 1.5: must be in (0, 1)'",
    "resize dora-linear/adapter --rank 2 --out OUT, DoRA",
    "resize OUT-not --rank 2 --out OUT, out-not",
    "extract extract/base.safetensors extract/base.safetensors --rank 2 --out OUT, nothing to"
        + " extract",
    "extract extract/base.safetensors resize/updates_f64.safetensors --rank 2 --out OUT, have no"
        + " tensor in",
    "extract extract/base.safetensors extract/tuned.safetensors --rank 2 --full nope --out OUT,"
        + " 'nope'",
    "compare compare/a resize/adapter --html OUT.html, different networks",
    "compare compare/a compare/b --html OUT, .html",
    "compare compare/a compare/b --base resize/updates_f64.safetensors --html OUT.html, base"
  })
  void badInputIsOneLineAndNothingIsWritten(String command, String said) {
    String[] args = command.split(" ");
    String[] all = new String[args.length + 1];
    all[0] = "adapter";
    for (int i = 0; i < args.length; i++) {
      String arg = args[i].contains("/") ? golden(args[i]) : args[i];
      all[i + 1] = arg.replace("OUT", at("out"));
    }
    Session session = Session.of(all);
    assertEquals(ExitCodes.YOUR_INPUT, session.exitCode(), session.out() + session.err());
    assertTrue(session.err().contains(said), session.err());
    assertFalse(Files.exists(folder.resolve("out")));
    assertFalse(Files.exists(folder.resolve("out.html")));
  }
}
