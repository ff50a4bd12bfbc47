package dev.collapsar.learn.settings;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.AdaptableLayer;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterPlan;
import dev.collapsar.learn.adapter.Initialization;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.learn.weight.WeightSite;
import dev.collapsar.random.Seed;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which low-rank adapters a recipe trains: settings that all recipes have that adapt. */
public final class AdapterSettings {
  /** Every Linear layer, a classifier's head included. */
  public static final String ALL_LINEAR = "all-linear";

  /** The network's head, whatever it is called. */
  public static final String HEAD = "head";

  /** Every Linear and every convolution without groups, but for the head. */
  public static final String BODY = "body";

  private static final String LORA = "lora";
  private static final String DORA = "dora";
  private static final String STANDARD = "standard";
  private static final String RANK_STABILISED = "rank-stabilised";

  /** Those that need no data, by the names that settings have for them. */
  private static final Map<String, Initialization> STARTS =
      Stream.of(
              Initialization.CLASS_MEANS,
              Initialization.CLASS_MEANS_COMPLEMENT,
              Initialization.DEFAULT,
              Initialization.RANDOM,
              Initialization.GAUSSIAN,
              Initialization.NORMAL,
              Initialization.ORTHOGONAL,
              Initialization.PISSA,
              Initialization.OLORA)
          .collect(
              Collectors.toMap(
                  start -> start.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                  Function.identity()));

  private static final Set<String> OF_MEANS =
      STARTS.keySet().stream()
          .filter(name -> name.startsWith("class-means"))
          .collect(Collectors.toSet());

  private final Setting<String> kind =
      Setting.choice(
          "lora.kind",
          LORA,
          List.of(LORA, DORA),
          "a low-rank update, or with each row's norm a parameter of its own");
  private final Defaults defaults;
  private final boolean classMeans;
  private final Setting<?> rank;
  private final Function<Settings, List<Integer>> ranks;
  private final Setting<Double> alpha;
  private final Setting<String> scaling =
      Setting.choice(
          "lora.scaling",
          STANDARD,
          List.of(STANDARD, RANK_STABILISED),
          "the updates' scale: alpha / rank, or alpha / sqrt(rank), which separates rank from step"
              + " size");
  private final Setting<Double> dropout;
  private final Setting<String> targets;
  private final Setting<String> start;
  private final Setting<Double> plus =
      Setting.positive(
          "lora.plus", 1, 1e6, "LoRA+: how many times A's learning rate B has; its authors say 16");

  private AdapterSettings(
      Setting<?> rank,
      Function<Settings, List<Integer>> ranks,
      Defaults defaults,
      boolean classMeans,
      UnaryOperator<Setting<Double>> ofDropout) {
    this.defaults = defaults;
    this.classMeans = classMeans;
    this.rank = rank;
    this.ranks = ranks;
    this.alpha =
        Setting.positive("lora.alpha", defaults.alpha, 1e6, "the numerator of the updates' scale");
    this.dropout =
        ofDropout.apply(
            Setting.number(
                "lora.dropout",
                defaults.dropout,
                0,
                0.99,
                "share of the updates' inputs that is dropped"));
    this.targets =
        new Setting<>(
            "lora.targets",
            defaults.targets,
            "the layers that carry the update",
            ALL_LINEAR
                + ", "
                + HEAD
                + ", "
                + BODY
                + " (all but it and grouped convolutions)"
                + ", or layers' names or endings of them, or regular expressions for whole names,"
                + " separated by commas",
            AdapterSettings::parseTargets);
    this.start =
        Setting.choice(
            "lora.init",
            defaults.start.name().toLowerCase(Locale.ROOT),
            STARTS.keySet().stream()
                .filter(name -> classMeans || !OF_MEANS.contains(name))
                .sorted()
                .toList(),
            "how the updates' factors start; by default uniform A and zero B");
  }

  /**
   * What a recipe's adapters are unless chosen otherwise.
   *
   * @param targets as one writes them after {@code --set lora.targets=}
   */
  public record Defaults(double alpha, double dropout, String targets, Initialization start) {}

  /** Of a recipe that trains a variant for each of several ranks. */
  public static AdapterSettings ofRanks(List<Integer> initial, Defaults defaults) {
    Setting<List<Integer>> ranks =
        Setting.counts("lora.rank", initial, "rank of the updates; several make a variant each");
    return new AdapterSettings(
        ranks, settings -> settings.get(ranks), defaults, false, UnaryOperator.identity());
  }

  /** The same of a recipe that knows the class means at the head's input. */
  public static AdapterSettings ofRanksAndMeans(List<Integer> initial, Defaults defaults) {
    Setting<List<Integer>> ranks =
        Setting.counts("lora.rank", initial, "rank of the updates; several make a variant each");
    return new AdapterSettings(
        ranks, settings -> settings.get(ranks), defaults, true, UnaryOperator.identity());
  }

  /** Of a recipe that trains one adapter. */
  public static AdapterSettings ofRank(int initial, Defaults defaults) {
    Setting<Integer> rank = Setting.count("lora.rank", initial, "rank of the updates");
    return new AdapterSettings(
        rank, settings -> List.of(settings.get(rank)), defaults, false, UnaryOperator.identity());
  }

  /** The same for networks of these settings: those of files drop nothing by default. */
  public AdapterSettings on(NetworkSettings network) {
    return new AdapterSettings(
        rank, ranks, defaults, classMeans, setting -> network.ofFiles(setting, 0.0));
  }

  private static String parseTargets(String text) {
    try {
      return text.isEmpty() || ModuleSelector.list(text) == null ? null : text;
    } catch (IllegalArgumentException e) {
      return null; // the caller says what is allowed
    }
  }

  /** The recipe lists them among its own. */
  public List<Setting<?>> settings() {
    return List.of(kind, rank, alpha, scaling, dropout, targets, start, plus);
  }

  /** The chosen ranks, a variant each. */
  public List<Integer> ranks(Settings settings) {
    return ranks.apply(settings);
  }

  /** Of the variant that is adapted with this rank, such as {@code lora-r8}. */
  public String variant(Settings settings, int rank) {
    return settings.get(kind) + "-r" + rank;
  }

  /** Whether the scale is alpha / sqrt(rank). */
  public boolean isRankStabilized(Settings settings) {
    return settings.get(scaling).equals(RANK_STABILISED);
  }

  /** Whether the factors start from the class means at the input of their layer. */
  public boolean startsFromClassMeans(Settings settings) {
    return OF_MEANS.contains(settings.get(start));
  }

  /** The chosen adapter of this rank, for this network. */
  public AdapterConfig config(Settings settings, Network network, int rank) {
    String chosen = settings.get(targets);
    ModuleSelector selector =
        switch (chosen) {
          case HEAD -> new ModuleSelector.Named(List.of(network.head().name()));
          case BODY -> ModuleSelector.exactly(body(network));
          default -> ModuleSelector.list(chosen);
        };
    return AdapterConfig.of(selector, rank, settings.get(alpha))
        .rankStabilized(isRankStabilized(settings))
        .dropout(settings.get(dropout))
        .dora(settings.get(kind).equals(DORA))
        .initialization(STARTS.get(settings.get(start)))
        .build();
  }

  private static List<String> body(Network network) {
    return Adapter.adaptable(network).stream()
        .filter(layer -> layer.groups() == 1 && layer.kind() != WeightSite.Kind.EMBEDDING)
        .map(AdaptableLayer::name)
        .filter(name -> !name.equals(network.head().name()))
        .toList();
  }

  /** The same adapter, beside which the head is trained in full if it is no target itself. */
  public AdapterConfig withHead(AdapterConfig config, Network network) {
    String head = network.head().name();
    return config.adapts(head, WeightSite.Kind.LINEAR) ? config : config.saving(head);
  }

  /** The same training with LoRA+'s learning rates, if they were chosen. */
  public TrainingSpec withLoraPlus(Settings settings, TrainingSpec training, Adapter adapter) {
    return training.withRateFactors(adapter.loraPlus(settings.get(plus)));
  }

  /**
   * Checks the targets and the ranks against a network, before anything is trained.
   *
   * @throws InvalidInputException if the targets select no layer, or a rank is above the longest
   *     side of every layer that they select, or the network's code cannot carry such an adapter
   */
  public void requireFit(Settings settings, Network network) {
    for (int chosen : ranks(settings)) {
      AdapterPlan plan;
      try {
        plan = AdapterPlan.of(config(settings, network, chosen), Adapter.adaptable(network));
      } catch (InvalidInputException e) {
        throw new InvalidInputException(
            "lora.targets=%s: %s".formatted(settings.get(targets), e.getMessage()), e);
      }
      long most =
          plan.layers().stream()
              .map(adapted -> longestSide(adapted.layer().shape()))
              .max(Comparator.naturalOrder())
              .orElseThrow();
      if (chosen > most) {
        throw new InvalidInputException(
            "lora.rank=%s: must be at most %s, the longest side of the layers of lora.targets=%s"
                .formatted(chosen, most, settings.get(targets)));
      }
      requireMeans(settings, network, plan, chosen);
      if (network.weights().isInSlots()) {
        tryOut(settings, network, chosen);
      }
    }
  }

  /** On a copy, for only the code of a file knows what it can carry. */
  private void tryOut(Settings settings, Network network, int chosen) {
    try (Network copy = network.copy()) {
      Adapter.attach(copy, "default", config(settings, copy, chosen), new Seed(0));
      copy.tryOut();
    }
  }

  /**
   * What starts from class means is of the head alone, and has no more directions than they leave.
   */
  private void requireMeans(Settings settings, Network network, AdapterPlan plan, int rank) {
    if (!startsFromClassMeans(settings)) {
      return;
    }
    String init = settings.get(start);
    List<String> layers = plan.layers().stream().map(a -> a.layer().name()).toList();
    if (!layers.equals(List.of(network.head().name()))) {
      throw new InvalidInputException(
          ("lora.init=%s: the class means are those at the head's input, lora.targets"
                  + " must be head, got %s")
              .formatted(init, settings.get(targets)));
    }
    int directions = Math.min(network.head().classes() - 1, network.head().width());
    int most =
        STARTS.get(init) == Initialization.CLASS_MEANS
            ? directions
            : network.head().width() - directions;
    if (rank > most) {
      throw new InvalidInputException(
          "lora.rank=%s: must be at most %s with lora.init=%s, which starts from so many directions"
              .formatted(rank, most, init));
    }
  }

  /** Of a weight as a matrix, a row an output. */
  private static long longestSide(List<Long> shape) {
    long columns = shape.stream().skip(1).reduce(1L, (a, b) -> a * b);
    return Math.max(shape.get(0), columns);
  }
}
