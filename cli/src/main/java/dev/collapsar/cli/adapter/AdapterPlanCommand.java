package dev.collapsar.cli.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.OutputForm;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.AdaptableLayer;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterPlan;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.report.TextTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what an adapter would adapt. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = "collapsar adapter plan NETWORK [OPTION]...",
    description = {
      "Say what would be adapted: a dry run.",
      "Which layers, and how many parameters would be trained. Layers are inferred from "
          + "the heads of its files: a weight of two dimensions is Linear, of four Conv2d (an "
          + "embedding looks like a Linear layer, and groups do not show).",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  collapsar adapter plan net.pth                       all there is to adapt",
      "  collapsar adapter plan net.pth --targets all-linear --rank 4",
      "  collapsar adapter plan Llama-3.2-1B --targets q_proj,v_proj",
      "  collapsar adapter plan net.pth --targets fc,conv2    also layer4.1.conv2",
      "  collapsar adapter plan net.pth --matching 'layer[34]\\..*' --rank 16 --rslora",
      "  collapsar adapter plan net.pth --format json"
    })
public final class AdapterPlanCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "NETWORK",
      description = "its weights: .safetensors, .pth or .pt, or a Hugging Face folder")
  private Path checkpoint;

  @ArgGroup private TargetLayers targets = new TargetLayers();

  @Option(names = "--rank", paramLabel = "r", description = "default: 8, as PEFT's")
  private int rank = 8;

  @Option(names = "--alpha", paramLabel = "a", description = "default: 8, as PEFT's")
  private double alpha = 8;

  @Option(names = "--rslora", description = "scale alpha/sqrt(rank) instead of alpha/rank")
  private boolean rankStabilized;

  @Option(names = "--dora", description = "with a learned norm for each output (DoRA)")
  private boolean dora;

  @Mixin private OutputForm form;

  @Override
  public Integer call() {
    if (rank < 1 || !Double.isFinite(alpha)) {
      throw new InvalidInputException(
          "--rank %s, --alpha %s: the rank must be at least 1, alpha finite"
              .formatted(rank, alpha));
    }
    AdapterConfig config =
        AdapterConfig.of(targets.selector(), rank, alpha)
            .rankStabilized(rankStabilized)
            .dora(dora)
            .build();
    try (BaseNetwork network = BaseNetwork.open(checkpoint)) {
      network.notes().forEach(spec.commandLine().getErr()::println);
      Map<String, FileTensor> state = Checkpoint.unwrapped(network.tensors());
      AdapterPlan plan = AdapterPlan.of(config, AdaptableLayer.inferred(state));
      long all = state.values().stream().mapToLong(FileTensor::elements).sum();
      if (form.isJson()) {
        OutputForm.print(json(plan, all), spec.commandLine().getOut());
      } else {
        print(plan, all);
      }
    }
    return ExitCodes.DONE;
  }

  private void print(AdapterPlan plan, long all) {
    PrintWriter stdout = spec.commandLine().getOut();
    TextTable table =
        new TextTable("layer", "kind", "shape", "rank", "scale", "parameters", "of layer");
    for (AdapterPlan.Adapted adapted : plan.layers()) {
      AdaptableLayer layer = adapted.layer();
      table.row(
          layer.name(),
          layer.kind().toString(),
          layer.shape().toString(),
          Integer.toString(adapted.rank()),
          Figures.digits(adapted.scale()),
          Figures.count(adapted.parameters()),
          Figures.percent((double) adapted.parameters() / layer.parameters()));
    }
    stdout.print(table.folded());
    plan.layers().stream()
        .filter(AdapterPlan.Adapted::isLargerThanLayer)
        .forEach(
            adapted ->
                stdout.printf(
                    Locale.ROOT,
                    "warning: the adapter of %s is larger than its weight%n",
                    adapted.layer().name()));
    stdout.printf(
        Locale.ROOT,
        "%nwould train %,d parameters in %d layer%s: %s of the checkpoint's %,d numbers%n",
        plan.parameters(),
        plan.layers().size(),
        plan.layers().size() == 1 ? "" : "s",
        Figures.percent((double) plan.parameters() / all),
        all);
    stdout.flush();
  }

  private static Map<String, Object> json(AdapterPlan plan, long all) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("parameters", plan.parameters());
    json.put("ofNumbers", all);
    json.put("layers", plan.layers().stream().map(AdapterPlanCommand::row).toList());
    return json;
  }

  private static Map<String, Object> row(AdapterPlan.Adapted adapted) {
    AdaptableLayer layer = adapted.layer();
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("layer", layer.name());
    row.put("kind", layer.kind().toString());
    row.put("shape", layer.shape());
    row.put("rank", adapted.rank());
    row.put("scale", adapted.scale());
    row.put("parameters", adapted.parameters());
    row.put("layerParameters", layer.parameters());
    row.put("largerThanLayer", adapted.isLargerThanLayer());
    return row;
  }
}
