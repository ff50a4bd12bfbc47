package dev.collapsar.cli.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.NewOutput;
import dev.collapsar.cli.output.Reading;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.NewFile;
import dev.collapsar.learn.adapter.layout.AdapterLayouts;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.learn.spectra.AdapterComparison;
import dev.collapsar.learn.spectra.AdapterUpdates;
import dev.collapsar.learn.tensor.TorchRuntime;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Compares two adapters of one network. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Compare two adapters of one network, layer by layer.",
      "Whether they move the same directions (overlap phi of Hu et al. 2021, 7.2; 1: the same, "
          + "chance: rank over dimensions), the same way (cosine of the updates; chance: 0), and "
          + "against each other (share of elements with opposite signs; chance: 50%%). In double "
          + "precision, through cores of r x r: no update is ever formed whole.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  collapsar adapter compare one two",
      "  collapsar adapter compare one two --base net.safetensors   amplification too",
      "  collapsar adapter compare one two --html map.html          a map over layers",
      "  collapsar adapter compare one two --format json            phi(i,j), all angles",
      "",
      "Every number is defined in docs/adapters.md"
    })
public final class AdapterCompareCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "ONE",
      description = "an adapter: a folder as PEFT's, or a .safetensors file")
  private Path one;

  @Parameters(index = "1", paramLabel = "TWO", description = "another of the same network")
  private Path two;

  @Option(
      names = "--base",
      paramLabel = "NETWORK",
      description = "the network's weights: how much each update amplifies what they do already")
  private Path base;

  @Option(names = "--html", paramLabel = "FILE", description = "write a page with maps over layers")
  private Path html;

  @Option(names = "--format", paramLabel = "table|json", description = "default: table")
  private ComparisonFormat format = ComparisonFormat.TABLE;

  @Option(names = "--force", description = "replace the page if it exists")
  private boolean force;

  @Override
  public Integer call() {
    if (html != null) {
      NewOutput.requireHtml(html, force);
    }
    AdapterComparison comparison = comparison();
    PrintWriter stdout = spec.commandLine().getOut();
    if (html != null) {
      byte[] page = ComparisonPage.render(one, two, comparison).getBytes(StandardCharsets.UTF_8);
      NewFile.write(html, out -> out.write(page));
    }
    format.print(one, two, comparison, stdout);
    stdout.flush();
    return ExitCodes.DONE;
  }

  private AdapterComparison comparison() {
    PrintWriter stdout = spec.commandLine().getOut();
    TorchRuntime.keepToCallersThreads();
    try (AdapterLayouts.Opened first = AdapterLayouts.open(one);
        AdapterLayouts.Opened second = AdapterLayouts.open(two);
        BaseNetwork network = base == null ? null : BaseNetwork.open(base);
        Reading progress = new Reading(new TerminalProgress(stdout), "layers")) {
      progress.expect(
          AdapterComparison.common(
                  AdapterUpdates.of(first.adapter()), AdapterUpdates.of(second.adapter()))
              .size());
      return AdapterComparison.of(
          first.adapter(),
          second.adapter(),
          Optional.ofNullable(network),
          Runtime.getRuntime().availableProcessors(),
          progress::advance);
    } catch (InvalidInputException e) {
      throw e.getMessage().startsWith("the adapters have")
          ? new InvalidInputException("%s and %s: %s".formatted(one, two, e.getMessage()), e)
          : e;
    }
  }
}
