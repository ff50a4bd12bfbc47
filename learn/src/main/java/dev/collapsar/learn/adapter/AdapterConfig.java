package dev.collapsar.learn.adapter;

import dev.collapsar.learn.adapter.layout.NamePatterns;
import dev.collapsar.learn.weight.WeightSite;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The kind of a low-rank adapter, and its layers: PEFT's LoraConfig as far as it decides what the
 * adapted network computes. The effective weight is W + scale * B A (Hu et al. 2021), scale = alpha
 * / r, or alpha / sqrt(r) if rank-stabilised (Kalajdzievski 2023).
 *
 * @param rank r where no pattern says otherwise, at least 1
 * @param alpha the numerator of the scale where no pattern says otherwise
 * @param rankStabilized whether the scale is alpha / sqrt(r)
 * @param rankPattern ranks by a regular expression for the module's name, or for what follows one
 *     of its dots. The first that matches counts, so the order is kept
 * @param alphaPattern alphas likewise
 * @param targets the layers that carry the adapter
 * @param excluded layers that do not, even if they are targets
 * @param dropout probability in [0, 1) of dropping an element of the adapter's own input
 * @param bias which of the network's biases are trained and saved too
 * @param loraBias whether B has a bias of its own, which the scale multiplies too
 * @param dora whether each row's norm is a parameter of its own (Liu et al. 2024)
 * @param fanInFanOut whether PEFT's base stored its weights (in,out); kept for the file only, the
 *     factors do not depend on it
 * @param modulesToSave modules trained in full and saved with the adapter, never targets
 */
public record AdapterConfig(
    int rank,
    double alpha,
    boolean rankStabilized,
    NamePatterns<Integer> rankPattern,
    NamePatterns<Double> alphaPattern,
    ModuleSelector targets,
    Optional<ModuleSelector> excluded,
    double dropout,
    BiasMode bias,
    boolean loraBias,
    boolean dora,
    boolean fanInFanOut,
    List<String> modulesToSave,
    Initialization initialization,
    BaseModel base) {

  /**
   * @throws IllegalArgumentException if a number is out of its range or a pattern no regular
   *     expression
   */
  public AdapterConfig {
    modulesToSave = List.copyOf(modulesToSave);
    Objects.requireNonNull(targets, "targets");
    requireRank(rank);
    requireAlpha(alpha);
    rankPattern.values().forEach(AdapterConfig::requireRank);
    alphaPattern.values().forEach(AdapterConfig::requireAlpha);
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must be in [0, 1), got " + dropout);
    }
    if (dora && loraBias) {
      throw new IllegalArgumentException("DoRA and a bias on B exclude each other");
    }
  }

  /** A plain adapter of this rank and alpha; everything else is off. */
  public static Builder of(ModuleSelector targets, int rank, double alpha) {
    return new Builder(targets, rank, alpha);
  }

  /**
   * An adapter whose modules each have their own rank and alpha: those of the largest rank stand as
   * the configuration's, the others in the patterns.
   *
   * @param targets that select these modules
   * @param ranks by module, at least one
   * @param alphas of the same modules
   */
  public static Builder ofModules(
      ModuleSelector targets, Map<String, Integer> ranks, Map<String, Double> alphas) {
    if (ranks.isEmpty() || !ranks.keySet().equals(alphas.keySet())) {
      throw new IllegalArgumentException(
          "ranks and alphas must be of the same modules, got " + ranks + " and " + alphas);
    }
    Map<String, Integer> sorted = new TreeMap<>(ranks);
    String widest = Collections.max(sorted.keySet(), Comparator.comparing(sorted::get));
    int rank = sorted.get(widest);
    double alpha = alphas.get(widest);
    Map<String, Integer> otherRanks = new LinkedHashMap<>();
    Map<String, Double> otherAlphas = new LinkedHashMap<>();
    sorted.forEach(
        (module, own) -> {
          if (own != rank) {
            otherRanks.put(NamePatterns.exactly(module), own);
          }
          if (alphas.get(module) != alpha) {
            otherAlphas.put(NamePatterns.exactly(module), alphas.get(module));
          }
        });
    return of(targets, rank, alpha).rankPattern(otherRanks).alphaPattern(otherAlphas);
  }

  /** r of this module. */
  public int rank(String module) {
    return rankPattern.first(carrier(module)).orElse(rank);
  }

  /** alpha of this module. */
  public double alpha(String module) {
    return alphaPattern.first(carrier(module)).orElse(alpha);
  }

  /**
   * The module that PEFT knows: what is inside a wrapped one, such as attention's output
   * projection, is adapted with it.
   */
  private static String carrier(String module) {
    int inner = module.indexOf(WeightSite.WITHIN_WRAPPED);
    return inner < 0 ? module : module.substring(0, inner);
  }

  /** What multiplies B A in this module. */
  public double scale(String module) {
    int r = rank(module);
    return alpha(module) / (rankStabilized ? Math.sqrt(r) : r);
  }

  /**
   * Patterns that contradict each other in one of these modules, a line each. The first counts, but
   * PEFT sorts them when it saves, so a file of its need not say what was trained.
   */
  List<String> ambiguities(Collection<String> modules) {
    String why =
        ": %s; the first counts, but PEFT sorts them on saving: it may have trained the other";
    List<String> lines = new ArrayList<>();
    rankPattern
        .conflict(modules)
        .ifPresent(
            conflict -> lines.add("rank_pattern" + String.format(Locale.ROOT, why, conflict)));
    alphaPattern
        .conflict(modules)
        .ifPresent(
            conflict -> lines.add("alpha_pattern" + String.format(Locale.ROOT, why, conflict)));
    return lines;
  }

  /** Whether this module carries the adapter. */
  public boolean adapts(String module, WeightSite.Kind kind) {
    String carrier = carrier(module);
    return targets.selects(carrier, kind)
        && excluded.filter(selector -> selector.selects(carrier, kind)).isEmpty()
        && !saves(carrier);
  }

  /** Whether this module, or one around it, is trained in full and saved with the adapter. */
  public boolean saves(String module) {
    String dotted = "." + module + ".";
    return modulesToSave.stream().anyMatch(name -> dotted.contains("." + name + "."));
  }

  /**
   * What the file of an adapter says: {@code all-linear} is spelled out, an update whose start was
   * subtracted is a plain one of twice the rank and the same scale, and the start is the default:
   * trained factors no longer depend on it, while PEFT would run it again before it loads them, and
   * some starts fail there ({@code orthogonal} on a convolution) or want data.
   *
   * @param modules that it is on
   * @param network the names of all modules there are
   */
  AdapterConfig ofFile(List<String> modules, Collection<String> network) {
    List<String> carriers = modules.stream().map(AdapterConfig::carrier).distinct().toList();
    ModuleSelector named =
        targets instanceof ModuleSelector.AllLinear
            ? ModuleSelector.of(carriers, network)
            : targets;
    if (!initialization.isSubtracted()) {
      return new Builder(this, named, rank, alpha).initialization(Initialization.DEFAULT).build();
    }
    double factor = rankStabilized ? Math.sqrt(2) : 2;
    Map<String, Integer> ranks = new LinkedHashMap<>(rankPattern);
    ranks.replaceAll((pattern, r) -> 2 * r);
    Map<String, Double> alphas = new LinkedHashMap<>(alphaPattern);
    alphas.replaceAll((pattern, value) -> factor * value);
    return new Builder(this, named, 2 * rank, factor * alpha)
        .rankPattern(ranks)
        .alphaPattern(alphas)
        .initialization(Initialization.DEFAULT)
        .build();
  }

  /** The same, with a module trained in full and saved beside. */
  public AdapterConfig saving(String module) {
    return new Builder(this, targets, rank, alpha).modulesToSave(List.of(module)).build();
  }

  /** The same on a base of which this is known. */
  AdapterConfig on(BaseModel network) {
    return new Builder(this, targets, rank, alpha).base(network).build();
  }

  private static void requireRank(int rank) {
    if (rank < 1) {
      throw new IllegalArgumentException("the rank r must be at least 1, got " + rank);
    }
  }

  private static void requireAlpha(double alpha) {
    if (!Double.isFinite(alpha)) {
      throw new IllegalArgumentException("alpha must be finite, got " + alpha);
    }
  }

  /** Collects what differs from a plain adapter. */
  public static final class Builder {
    private final ModuleSelector targets;
    private final int rank;
    private final double alpha;
    private boolean rankStabilized;
    private Map<String, Integer> rankPattern = Map.of();
    private Map<String, Double> alphaPattern = Map.of();
    private Optional<ModuleSelector> excluded = Optional.empty();
    private double dropout;
    private BiasMode bias = BiasMode.NONE;
    private boolean loraBias;
    private boolean dora;
    private boolean fanInFanOut;
    private List<String> modulesToSave = List.of();
    private Initialization initialization = Initialization.DEFAULT;
    private BaseModel base = BaseModel.UNSTATED;

    private Builder(ModuleSelector targets, int rank, double alpha) {
      this.targets = targets;
      this.rank = rank;
      this.alpha = alpha;
    }

    private Builder(AdapterConfig like, ModuleSelector targets, int rank, double alpha) {
      this(targets, rank, alpha);
      this.rankStabilized = like.rankStabilized;
      this.rankPattern = like.rankPattern;
      this.alphaPattern = like.alphaPattern;
      this.excluded = like.excluded;
      this.dropout = like.dropout;
      this.bias = like.bias;
      this.loraBias = like.loraBias;
      this.dora = like.dora;
      this.fanInFanOut = like.fanInFanOut;
      this.modulesToSave = like.modulesToSave;
      this.initialization = like.initialization;
      this.base = like.base;
    }

    public Builder rankStabilized(boolean on) {
      rankStabilized = on;
      return this;
    }

    public Builder rankPattern(Map<String, Integer> ranks) {
      rankPattern = ranks;
      return this;
    }

    public Builder alphaPattern(Map<String, Double> alphas) {
      alphaPattern = alphas;
      return this;
    }

    public Builder excluded(ModuleSelector layers) {
      excluded = Optional.of(layers);
      return this;
    }

    public Builder dropout(double probability) {
      dropout = probability;
      return this;
    }

    public Builder bias(BiasMode mode) {
      bias = mode;
      return this;
    }

    public Builder loraBias(boolean on) {
      loraBias = on;
      return this;
    }

    public Builder dora(boolean on) {
      dora = on;
      return this;
    }

    public Builder fanInFanOut(boolean on) {
      fanInFanOut = on;
      return this;
    }

    public Builder modulesToSave(List<String> modules) {
      modulesToSave = modules;
      return this;
    }

    public Builder initialization(Initialization start) {
      initialization = start;
      return this;
    }

    public Builder base(BaseModel network) {
      base = network;
      return this;
    }

    public AdapterConfig build() {
      return new AdapterConfig(
          rank,
          alpha,
          rankStabilized,
          new NamePatterns<>(rankPattern),
          new NamePatterns<>(alphaPattern),
          targets,
          excluded,
          dropout,
          bias,
          loraBias,
          dora,
          fanInFanOut,
          modulesToSave,
          initialization,
          base);
    }
  }
}
