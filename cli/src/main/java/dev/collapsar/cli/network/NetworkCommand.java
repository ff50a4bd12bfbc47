package dev.collapsar.cli.network;

import picocli.CommandLine.Command;

/** The commands on networks that are files. */
@Command(
    name = "network",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Look at networks, write them as TorchScript.",
      "A network is a file of ours (.safetensors), a checkpoint of an architecture "
          + "known here, or TorchScript of any other.",
      ""
    },
    subcommands = {NetworkInfoCommand.class, NetworkExportCommand.class},
    footer = {
      "",
      "Examples:",
      "  collapsar network info model.pt",
      "  collapsar network export net.safetensors net.pt",
      "  collapsar network export model.pt merged.pt --adapter my-adapter",
      "",
      "What TorchScript files can and cannot do: docs/torchscript.md"
    })
public final class NetworkCommand {}
