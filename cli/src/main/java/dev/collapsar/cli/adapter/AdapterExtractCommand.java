package dev.collapsar.cli.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.NewOutput;
import dev.collapsar.cli.output.Reading;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.adapter.BaseModel;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.learn.spectra.Extraction;
import dev.collapsar.learn.spectra.RankRule;
import dev.collapsar.report.TextTable;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes an adapter of a full fine-tune. */
@Command(
    name = "extract",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = {
      "collapsar adapter extract BASE TUNED --out DIR",
      "       (--rank r | --energy e | --norm q | --error e | --ratio t) [OPTION]..."
    },
    description = {
      "Make an adapter of a full fine-tune: what it changed, as low-rank factors.",
      "The change of each weight by its singular values, in double precision (of weights of "
          + "more than 768 rows and columns from a random sketch, with its error stated); what "
          + "fits no low rank, biases, norms and new tensors are saved in full, in a form that "
          + "PEFT loads. Prints what is lost.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  collapsar adapter extract base tuned --rank 16 --out my-adapter",
      "  collapsar adapter extract base.safetensors tuned.safetensors --energy .95 --out a",
      "  collapsar adapter extract Llama-3.2-1B my-llama --error .3 --full lm_head --out a"
    })
public final class AdapterExtractCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "BASE",
      description = "the network before: a file of weights, or a Hugging Face folder")
  private Path base;

  @Parameters(index = "1", paramLabel = "TUNED", description = "the network after")
  private Path tuned;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "the adapter's folder")
  private Path out;

  @ArgGroup(exclusive = true, multiplicity = "1", heading = "What is kept, one of:%n")
  private RankRuleOptions rule;

  @Option(
      names = "--full",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "NAME,...",
      description = "layers to save in full if they changed, by name or the end of one")
  private List<String> full = List.of();

  @Option(names = "--force", description = "replace the adapter if it exists")
  private boolean force;

  @Override
  public Integer call() {
    RankRule kept = rule.rule();
    NewOutput.requireAdapter(out, force);
    PrintWriter stdout = spec.commandLine().getOut();
    Extraction extraction = extraction(kept, stdout);
    extraction.adapter().write(out);
    print(extraction, stdout);
    stdout.println(out);
    stdout.flush();
    return ExitCodes.DONE;
  }

  private Extraction extraction(RankRule kept, PrintWriter stdout) {
    try (BaseNetwork before = BaseNetwork.open(base);
        BaseNetwork after = BaseNetwork.open(tuned);
        Reading progress = new Reading(new TerminalProgress(stdout), "elements")) {
      before.notes().forEach(spec.commandLine().getErr()::println);
      after.notes().forEach(spec.commandLine().getErr()::println);
      progress.expect(
          before.tensors().values().stream()
              .filter(tensor -> tensor.shape().length > 1)
              .mapToLong(tensor -> tensor.elements())
              .sum());
      return Extraction.of(before, after, kept, full, told(), progress::advance);
    } catch (InvalidInputException e) {
      throw e.getMessage().startsWith("no change")
          ? new InvalidInputException("%s: %s".formatted(tuned, e.getMessage()), e)
          : e;
    }
  }

  /** A file is pointed at with its hash, a folder by its path. */
  private BaseModel told() {
    return Files.isRegularFile(base)
        ? BaseModel.at(base, out)
        : new BaseModel(base.toString(), null, null, null, null, null);
  }

  private static void print(Extraction extraction, PrintWriter out) {
    TextTable table =
        new TextTable(
            "layer", "rank", "change", "of weight", "error", "of change", "best possible");
    double squares = 0;
    double lost = 0;
    for (Map.Entry<String, Extraction.Layer> entry : extraction.layers().entrySet()) {
      Extraction.Layer layer = entry.getValue();
      squares += layer.change() * layer.change();
      lost += layer.error() * layer.error();
      table.row(
          entry.getKey(),
          Integer.toString(layer.rank()),
          Figures.digits(layer.change()),
          layer.base() > 0 ? Figures.percent(layer.change() / layer.base()) : "-",
          Figures.digits(layer.error()),
          Figures.percent(layer.error() / layer.change()),
          layer.leastError() == layer.error()
              ? "same"
              : ">= " + Figures.digits(layer.leastError()));
    }
    out.print(table.folded());
    extraction.full().forEach((name, why) -> out.println("saved in full: " + name + ", " + why));
    extraction.notes().forEach(out::println);
    out.println(
        "lost: %s of a change of %s in the factored weights, %s, before factors are float32"
            .formatted(
                Figures.digits(Math.sqrt(lost)),
                Figures.digits(Math.sqrt(squares)),
                Figures.percent(Math.sqrt(lost / squares))));
  }
}
