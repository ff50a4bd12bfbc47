package dev.collapsar.cli;

import picocli.CommandLine.Command;

/** The commands on image data. */
@Command(
    name = "data",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "See which images there are, look at them, fetch those that do not come along.",
      "Recipes take them by name or path: 'collapsar run RECIPE --set data=cifar10'.",
      ""
    },
    subcommands = {DataListCommand.class, DataInfoCommand.class, DataFetchCommand.class},
    footer = {
      "",
      "Examples:",
      "  collapsar data list",
      "  collapsar data info my-photos.tar",
      "  collapsar data fetch cifar10",
      "  collapsar run domain-shift --set data=my-photos.tar"
    })
final class DataCommand {}
