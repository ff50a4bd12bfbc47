package dev.collapsar.cli.network;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.NewFile;
import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.images.SplitTable.Part;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.prediction.ArrayInputs;
import dev.collapsar.learn.prediction.EnteringImages;
import dev.collapsar.learn.prediction.FeatureExtraction;
import dev.collapsar.learn.prediction.FeatureExtraction.Written;
import dev.collapsar.learn.prediction.StoredNetworks;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.random.Seed;
import dev.collapsar.report.TextTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Evaluates a network and writes what it computes. */
@Command(
    name = "features",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = {
      "collapsar features --network FILE|RUN --data INPUT --out FILE.npz",
      "       [OPTION]..."
    },
    description = {
      "Evaluate a network on images or arrays, without training, and write what it" + " computes.",
      "INPUT is images as everywhere (mnist, cifar10, a folder, tar or zip), or arrays that"
          + " are taken as they are: a .npy of (N, ...) numbers, or a .npz with the network's own"
          + " input names (and 'labels'). Batch by batch: what is written may be larger than the"
          + " memory.",
      ""
    },
    footer = {
      "",
      "Without --tap and --logits the representation before the head is written, as"
          + " 'features'. A tap is written under its name in its module's own shape, the output as"
          + " 'logits', and the classes as 'labels' where the data have them. collapsar network"
          + " info lists the taps.",
      "",
      "Examples:",
      "  collapsar features --network model.pt --data photos/ --pixels unit --out f.npz",
      "  collapsar measure --features f.npz",
      "  collapsar features --network model.pt --data x.npy --tap layer4 --out t.npz",
      "  collapsar measure --features t.npz#layer4 --labels labels.npy --flatten",
      "  collapsar features --network text.pt --data ids.npz --logits --out logits.npz",
      "  collapsar features --network runs/mine --variant lora-r8 --data cifar10 \\",
      "      --part test --out test.npz"
    })
public final class FeaturesCommand implements Callable<Integer> {
  private static final long SEED = 42; // nothing is drawn

  /** Bytes of input in a batch of images, unless the user says how many. */
  private static final long BATCH_BYTES = 16 << 20;

  private static final int LARGEST_BATCH = 256;

  @Spec private CommandSpec spec;

  @Option(
      names = "--network",
      required = true,
      paramLabel = "FILE|RUN",
      description = "a network's file (.pt, .safetensors, a checkpoint), or a run's directory")
  private Path network;

  @Mixin private NetworkChoice choice;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "INPUT",
      description = "images by name or place, or arrays: FILE.npy, FILE.npz, FILE#NAME")
  private String data;

  @Mixin private ImageOptions images;

  @Option(
      names = "--part",
      paramLabel = "train|validation|test",
      description = "of images that are divided (default: train; all of those that nobody divided)")
  private Part part;

  @Option(
      names = "--tap",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "NAME,...",
      description = "what these modules put out, as it is")
  private List<String> taps = List.of();

  @Option(names = "--logits", description = "what the network puts out, (N, classes)")
  private boolean logits;

  @Option(names = "--out", required = true, paramLabel = "FILE.npz", description = "is replaced")
  private Path out;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "samples at once (default: as many as take little memory)")
  private Integer batch;

  @Override
  public Integer call() {
    if (!out.toString().endsWith(".npz")) {
      throw new InvalidInputException(
          "--out %s: what is written is a .npz file, and is named so".formatted(out));
    }
    NewFile.requirePlace(out);
    if (batch != null && batch < 1) {
      throw new InvalidInputException("--batch %s: must be 1 or more".formatted(batch));
    }
    try (StoredNetworks.Opened opened = choice.open(network, images.isSized())) {
      Network evaluated = opened.network();
      TorchRuntime.setThreads(choice.threads(), evaluated.hasConvolutions());
      FeatureExtraction extraction = new FeatureExtraction(evaluated, taps, logits);
      opened.notes().forEach(this::note);
      List<Written> written =
          isArrays() ? ofArrays(evaluated, extraction) : ofImages(evaluated, extraction);
      print(written);
    }
    return ExitCodes.DONE;
  }

  private boolean isArrays() {
    return data.matches("(?i).*\\.(npy|npz|safetensors)(#[^#]*)?");
  }

  private List<Written> ofArrays(Network evaluated, FeatureExtraction extraction) {
    images.requireNothing(data);
    if (part != null) {
      throw new InvalidInputException("--part %s: %s holds arrays".formatted(part, data));
    }
    try (ArrayInputs arrays =
        ArrayInputs.open(
            data, evaluated.inputNames(), evaluated.neededInputs(), batch == null ? 0 : batch)) {
      arrays.notes().forEach(this::note);
      arrays.types().forEach((name, type) -> noteRounding(evaluated, name, type));
      return written(extraction, arrays, arrays.labels());
    }
  }

  private List<Written> ofImages(Network evaluated, FeatureExtraction extraction) {
    EnteringImages.Ready ready =
        images
            .entering(evaluated, choice.threads(), progress())
            .load(data, images.directory(), Optional.ofNullable(part));
    ready.notes().forEach(this::note);
    long bytes = ready.images().input().size() * Float.BYTES;
    int usual = (int) Math.max(1, Math.min(LARGEST_BATCH, BATCH_BYTES / bytes));
    OrderedBatches pass =
        OrderedBatches.inOrder(ready.images(), batch == null ? usual : batch, new Seed(SEED));
    return written(extraction, pass, ready.labels());
  }

  private List<Written> written(
      FeatureExtraction extraction, Batches samples, Optional<int[]> labels) {
    try (Progress.Bar bar = progress().bar("evaluating", samples.count())) {
      return extraction.write(samples, labels, out, done -> bar.advance(done, ""));
    }
  }

  /** Real numbers enter in the type of the network's own. */
  private void noteRounding(Network evaluated, String name, ElementType type) {
    FeatureExtraction.precision(evaluated)
        .filter(own -> type.isFloating() && own != type)
        .ifPresent(own -> note("%s is %s and enters as %s".formatted(name, type, own)));
  }

  private TerminalProgress progress() {
    return new TerminalProgress(spec.commandLine().getOut());
  }

  private void note(String sentence) {
    PrintWriter stderr = spec.commandLine().getErr();
    stderr.println(sentence);
    stderr.flush();
  }

  private void print(List<Written> written) {
    TextTable table = new TextTable("array", "type", "shape");
    for (Written array : written) {
      table.row(
          array.name(),
          array.type().toString(),
          array.shape().stream().map(String::valueOf).collect(Collectors.joining("x", "(", ")")));
    }
    PrintWriter stdout = spec.commandLine().getOut();
    stdout.print(table.folded());
    stdout.println(out);
    stdout.flush();
  }
}
