package dev.collapsar.cli.adapter;

import picocli.CommandLine.Command;

/** The commands on adapters that are files. */
@Command(
    name = "adapter",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Look at adapters, merge, convert, extract, resize and compare them.",
      "An adapter is a folder as Hugging Face's PEFT writes it: adapter_config.json and "
          + "adapter_model.safetensors.",
      ""
    },
    subcommands = {
      AdapterInfoCommand.class,
      AdapterPlanCommand.class,
      AdapterMergeCommand.class,
      AdapterConvertCommand.class,
      AdapterExtractCommand.class,
      AdapterResizeCommand.class,
      AdapterCompareCommand.class
    },
    footer = {
      "",
      "Examples:",
      "  collapsar adapter info my-adapter --base net.pth",
      "  collapsar adapter plan net.pth --targets fc,layer4.1.conv2 --rank 8",
      "  collapsar adapter merge my-adapter --base net.pth --out merged.safetensors",
      "  collapsar adapter merge one two --weights 0.7,0.3 --out both",
      "  collapsar adapter convert my-adapter my-adapter.safetensors",
      "  collapsar adapter extract base tuned --rank 16 --out my-adapter",
      "  collapsar adapter resize my-adapter --energy .95 --out smaller",
      "  collapsar adapter compare one two --html map.html",
      "",
      "What each way of merging guarantees: docs/adapters.md"
    })
public final class AdapterCommand {}
