package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.calibration.Evidence;
import dev.collapsar.classes.ClassArrays;
import dev.collapsar.classes.ClassNumbers;
import dev.collapsar.cli.output.NewOutput;
import dev.collapsar.data.NewFile;
import dev.collapsar.data.NpyOutput;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.report.CollapseFormat;
import dev.collapsar.report.measured.MeasuredFeatures;
import dev.collapsar.report.measured.MeasuredPage;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** The outputs of a measurement, as options of a command. */
final class MeasureOutputs {
  @Option(names = "--format", paramLabel = "table|json|csv", description = "default: table")
  private CollapseFormat format = CollapseFormat.TABLE;

  @Option(names = "--out", paramLabel = "FILE", description = "write there instead of stdout")
  private Path out;

  @Option(
      names = "--html",
      paramLabel = "FILE.html",
      description =
          "also write a page there: numbers, class means in their plane, cosines, spectra, classes")
  private Path html;

  @Option(
      names = "--classes-out",
      paramLabel = "FILE",
      description = "write a table of each class there: spread, length of mean, cosine, hits")
  private Path classesOut;

  @Option(
      names = "--arrays",
      paramLabel = "FILE.npz",
      description =
          "write vectors over classes and grids over pairs there: norms, similarities, distances,"
              + " interference, kernels, cdnv")
  private Path arraysOut;

  /** The page's parts, one a layer. */
  private final List<String> parts = new ArrayList<>();

  /**
   * What was measured.
   *
   * @param layer its name where there are several, else empty
   * @param classNames the label of each class, if that is not its number
   * @param network what is known of the network, by name; empty of files
   * @param origin where the numbers come from, by name
   */
  record Subject(
      String layer,
      List<String> classNames,
      Map<String, Object> network,
      Map<String, Object> origin) {}

  /** Refuses places that cannot be written, before the work rather than after it. */
  void check() {
    Stream.of(out, classesOut, arraysOut)
        .filter(file -> file != null)
        .forEach(NewFile::requirePlace);
    if (html != null) {
      NewOutput.requireHtml(html, true);
    }
    if (arraysOut != null && !arraysOut.toString().endsWith(".npz")) {
      throw new InvalidInputException(
          "--arrays %s: what is written is a .npz file, and is named so".formatted(arraysOut));
    }
  }

  /** Refuses what can be written of one layer alone. */
  void requireOneLayer() {
    Path one = classesOut != null ? classesOut : arraysOut;
    if (one != null) {
      throw new InvalidInputException(
          "%s %s: is of one layer; measure that alone, as --features FILE#NAME"
              .formatted(classesOut != null ? "--classes-out" : "--arrays", one));
    }
  }

  /** Whether it is to be said where the numbers come from, which takes reading the files again. */
  boolean wantsOrigin() {
    return format == CollapseFormat.JSON || html != null;
  }

  /** Whether a page is written. */
  boolean wantsPage() {
    return html != null;
  }

  /** Writes the files beside and returns what is to be printed. */
  String render(MeasuredCollapse measured, Subject subject, Evidence evidence) {
    List<ClassNumbers> classes = ClassNumbers.of(measured);
    if (arraysOut != null) { // first, since they may be refused
      double exponent = measured.options().distExponent();
      NpyOutput.writeNpz(
          arraysOut,
          InvalidInputException.naming(
              "--arrays", arraysOut, () -> ClassArrays.of(measured).named(exponent)));
    }
    if (classesOut != null) {
      write(classesOut, ClassNumbers.csv(classes));
    }
    if (html != null) {
      parts.add(
          MeasuredPage.part(
              new MeasuredFeatures(
                  subject.layer(), measured, evidence, classes, subject.classNames())));
    }
    return format.render(
        new CollapseFormat.Content(
            measured.report(), subject.network(), subject.origin(), evidence, classes));
  }

  /** The one text, or those of several layers together. */
  void print(Map<String, String> layers, PrintWriter stdout) {
    String text = layers.size() == 1 ? layers.values().iterator().next() : format.together(layers);
    if (out == null) {
      stdout.print(text);
      stdout.flush();
    } else {
      write(out, text);
    }
  }

  /**
   * Writes the page, if there is to be one.
   *
   * @param name of what was measured
   */
  void writePage(String name, List<String> notes, Map<String, Object> origin) {
    if (html != null) {
      write(html, MeasuredPage.render("Neural collapse of " + name, notes, parts, origin));
    }
  }

  private static void write(Path file, String text) {
    NewFile.write(file, stream -> stream.write(text.getBytes(StandardCharsets.UTF_8)));
  }
}
