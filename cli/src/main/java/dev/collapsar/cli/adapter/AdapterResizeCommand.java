package dev.collapsar.cli.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.NewOutput;
import dev.collapsar.cli.output.Reading;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.spectra.LayerOrder;
import dev.collapsar.learn.spectra.RankRule;
import dev.collapsar.learn.spectra.Resizing;
import dev.collapsar.report.TextTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Gives an adapter lower ranks. */
@Command(
    name = "resize",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = {
      "collapsar adapter resize DIR --out DIR",
      "       (--rank r | --energy e | --norm q | --error e | --ratio t) [OPTION]..."
    },
    description = {
      "Give an adapter lower ranks, each layer its own.",
      "Each update becomes the nearest of its new rank, from its singular values, in double "
          + "precision; the new file says the ranks in rank_pattern, and every scale is 1. What "
          + "is lost is printed, layer by layer.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  collapsar adapter resize my-adapter --rank 8 --out smaller",
      "  collapsar adapter resize my-adapter --energy .95 --out smaller",
      "  collapsar adapter resize my-adapter --ratio .1 --max-rank 16 --out smaller",
      "",
      "Energy .95 and norm .95 are different rules (the latter is energy .9025), and kohya's",
      "resize keeps one more than either: docs/adapters.md"
    })
public final class AdapterResizeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "an adapter's folder as PEFT's")
  private Path folder;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "the new one's folder")
  private Path out;

  @ArgGroup(exclusive = true, multiplicity = "1", heading = "What is kept, one of:%n")
  private RankRuleOptions rule;

  @Option(
      names = "--max-rank",
      paramLabel = "r",
      description = "keep no more than r, whatever the rule says")
  private Integer most;

  @Option(names = "--force", description = "replace the new adapter if it exists")
  private boolean force;

  @Override
  public Integer call() {
    if (most != null && most < 1) {
      throw new InvalidInputException("--max-rank %s: must be at least 1".formatted(most));
    }
    RankRule kept = rule.rule();
    NewOutput.requireAdapter(out, force);
    PrintWriter stdout = spec.commandLine().getOut();
    AdapterFile adapter = AdapterFile.read(folder);
    adapter.warnings().forEach(line -> spec.commandLine().getErr().println("warning: " + line));
    Resizing resizing = resizing(adapter, kept, stdout);
    resizing.adapter().on(adapter.config().base().moved(folder, out)).write(out);
    print(resizing, stdout);
    stdout.println(out);
    stdout.flush();
    return ExitCodes.DONE;
  }

  private Resizing resizing(AdapterFile adapter, RankRule kept, PrintWriter stdout) {
    try (Reading progress = new Reading(new TerminalProgress(stdout), "layers")) {
      progress.expect(adapter.modules().size());
      int limit = most == null ? Integer.MAX_VALUE : most;
      return Resizing.of(adapter, kept, limit, progress::advance);
    } catch (InvalidInputException e) {
      throw new InvalidInputException(folder + ": " + e.getMessage(), e);
    }
  }

  private static void print(Resizing resizing, PrintWriter out) {
    TextTable table = new TextTable("layer", "rank", "now", "update norm", "error", "of norm");
    double squares = 0;
    double lost = 0;
    for (var layer : resizing.layers().entrySet()) {
      Resizing.Layer now = layer.getValue();
      double norm = now.spectrum().norm();
      squares += norm * norm;
      lost += now.distance() * now.distance();
      table.row(
          layer.getKey(),
          Integer.toString(now.before()),
          Integer.toString(now.after()),
          Figures.digits(norm),
          Figures.digits(now.distance()),
          Figures.percent(now.lost()));
    }
    out.print(table.folded());
    out.println();
    types(resizing, out);
    out.println(
        "in all: error %s of norm %s%s"
            .formatted(
                Figures.digits(Math.sqrt(lost)),
                Figures.digits(Math.sqrt(squares)),
                squares > 0 ? ", " + Figures.percent(Math.sqrt(lost / squares)) : ""));
  }

  private static void types(Resizing resizing, PrintWriter out) {
    TreeMap<String, int[]> types = new TreeMap<>(LayerOrder.NATURAL);
    resizing
        .layers()
        .forEach(
            (module, layer) -> {
              int[] sums = types.computeIfAbsent(LayerOrder.type(module), t -> new int[3]);
              sums[0]++;
              sums[1] += layer.before();
              sums[2] += layer.after();
            });
    TextTable table = new TextTable("module", "layers", "ranks in all", "now");
    types.forEach(
        (type, sums) ->
            table.row(
                type,
                Integer.toString(sums[0]),
                Integer.toString(sums[1]),
                Integer.toString(sums[2])));
    out.print(table.folded());
  }
}
