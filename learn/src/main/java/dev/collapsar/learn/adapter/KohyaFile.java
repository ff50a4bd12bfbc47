package dev.collapsar.learn.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An adapter in one safetensors file, named as kohya's sd-scripts name it: {@code
 * PREFIX_layer4_1_conv2.lora_down.weight} is A, {@code .lora_up.weight} B, and {@code .alpha} a
 * number whose quotient by the rank is the scale (without it the scale is 1).
 *
 * <p>The names have underscores where PyTorch's have dots, so {@code layer_1} may be {@code
 * layer_1} or {@code layer.1}. What decides is a list of names: the base network's, or the one that
 * {@link #write} leaves in the file's metadata. Without a list a name with an underscore is refused
 * rather than guessed.
 */
public final class KohyaFile {
  private static final String A = "lora_down.weight";
  private static final String B = "lora_up.weight";
  private static final String ALPHA = "alpha";
  private static final String NAMES = "collapsar_modules"; // dotted names, separated by spaces
  private static final String PREFIX = "lora_[a-z]+\\d*";
  private static final Pattern NAME = Pattern.compile("(" + PREFIX + ")_(.+)");

  private KohyaFile() {}

  /** Whether a file's tensors have such names. */
  public static boolean isOne(Checkpoint file) {
    return file.tensors().keySet().stream().anyMatch(name -> name.endsWith("." + A));
  }

  /**
   * Reads an adapter.
   *
   * @param path of the file, for messages
   * @param modules the base network's modules by dotted name, or none if it is not at hand
   * @throws InvalidInputException if a name is none of the base's or may be several, if there are
   *     adapters of several networks (prefixes), if a tensor is no part of a plain low-rank
   *     adapter, or an alpha is no number but 0
   */
  public static AdapterFile read(Checkpoint file, Path path, Collection<String> modules) {
    Map<String, Map<String, StoredTensor>> parts = new TreeMap<>();
    file.tensors()
        .forEach(
            (name, tensor) -> {
              int dot = name.indexOf('.');
              String part = name.substring(dot + 1);
              if (dot < 1 || !Set.of(A, B, ALPHA).contains(part)) {
                throw new InvalidInputException(
                    "%s: tensor '%s' is no part of a plain low-rank adapter (%s, %s, %s)"
                        .formatted(path, name, A, B, ALPHA));
              }
              parts
                  .computeIfAbsent(name.substring(0, dot), n -> new LinkedHashMap<>())
                  .put(part, tensor);
            });
    Collection<String> known = names(file, modules);
    Names names = new Names(path, known);
    Map<String, LoraFactors> factors = new TreeMap<>();
    Map<String, Integer> ranks = new TreeMap<>();
    Map<String, Double> alphas = new TreeMap<>();
    parts.forEach(
        (flat, tensors) -> {
          String module = names.dotted(flat);
          LoraFactors own = factors(path, flat, tensors);
          factors.put(module, own);
          ranks.put(module, own.rank());
          alphas.put(module, alpha(path, flat, tensors.get(ALPHA), own.rank()));
        });
    ModuleSelector targets = ModuleSelector.of(factors.keySet(), known);
    return AdapterFile.of(
        AdapterConfig.ofModules(targets, ranks, alphas).build(), factors, Map.of());
  }

  /**
   * Writes an adapter.
   *
   * @param prefix before every module's name, such as {@code lora_unet}
   * @return what of the configuration has no place in such a file, a line each; never the scale
   * @throws InvalidInputException if the adapter holds what cannot be named so: DoRA, biases,
   *     embeddings, convolutions in groups, what is saved in full, a scale of 0, or two modules
   *     whose names differ in dots and underscores alone
   */
  public static List<String> write(AdapterFile adapter, Path path, String prefix) {
    if (!prefix.matches(PREFIX)) {
      throw new InvalidInputException(
          "--prefix %s: must be lora_ and letters, then maybe digits, such as lora_unet or lora_te1"
              .formatted(prefix));
    }
    AdapterConfig config = adapter.config();
    if (!adapter.saved().isEmpty()) {
      throw refused(adapter.saved().keySet().iterator().next(), "is saved in full");
    }
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    adapter
        .modules()
        .forEach(
            (module, factors) -> {
              requirePlain(module, factors);
              String flat = prefix + "_" + flat(module) + ".";
              tensors.put(flat + B, factors.b());
              tensors.put(flat + ALPHA, alpha(module, config.scale(module) * factors.rank()));
              if (tensors.put(flat + A, factors.a()) != null) {
                throw refused(module, "has the name of another module, dots aside,");
              }
            });
    SafeTensors.write(
        path,
        tensors,
        Map.of(
            "format",
            "pt",
            "ss_network_module",
            "networks.lora",
            NAMES,
            String.join(" ", adapter.modules().keySet())));
    return lost(config);
  }

  private static List<String> lost(AdapterConfig config) {
    List<String> lost = new ArrayList<>();
    if (config.rankStabilized()) {
      lost.add("use_rslora (every scale is kept, as alpha = scale * rank)");
    }
    if (config.dropout() > 0) {
      lost.add("lora_dropout %s (matters in training only)".formatted(config.dropout()));
    }
    if (config.base().nameOrPath() != null) {
      lost.add("base_model_name_or_path " + config.base().nameOrPath());
    }
    return List.copyOf(lost);
  }

  private static void requirePlain(String module, LoraFactors factors) {
    if (factors.magnitude().isPresent()) {
      throw refused(module, "has a DoRA magnitude");
    }
    if (factors.bias().isPresent()) {
      throw refused(module, "has a bias on B");
    }
    if (factors.kind() == Kind.EMBEDDING) {
      throw refused(module, "is an embedding");
    }
    if (factors.groups() > 1) {
      throw refused(module, "is a convolution in %s groups".formatted(factors.groups()));
    }
  }

  private static InvalidInputException refused(String module, String reason) {
    return new InvalidInputException(
        "%s %s, which kohya's naming has no place for".formatted(module, reason));
  }

  /** Single precision, as others write it, if that holds the number; a scale is never rounded. */
  private static StoredTensor alpha(String module, double alpha) {
    if (alpha == 0) {
      throw refused(module, "has scale 0");
    }
    return (float) alpha == alpha
        ? StoredTensor.of(new float[] {(float) alpha})
        : StoredTensor.of(new double[] {alpha});
  }

  private static double alpha(Path path, String flat, StoredTensor tensor, int rank) {
    if (tensor == null) {
      return rank;
    }
    double alpha = Double.NaN;
    if (tensor.elements() == 1 && tensor.type().isFloating()) {
      alpha = tensor.toDoubles()[0];
    } else if (tensor.elements() == 1 && tensor.type() == ElementType.I64) {
      alpha = tensor.data().getLong(0);
    }
    if (!Double.isFinite(alpha) || alpha == 0) { // to some readers 0 means 0, to others the rank
      throw new InvalidInputException(
          "%s: '%s.alpha' is %s, must be one finite number but 0"
              .formatted(path, flat, Double.isNaN(alpha) ? tensor.toString() : alpha));
    }
    return alpha;
  }

  private static LoraFactors factors(Path path, String flat, Map<String, StoredTensor> tensors) {
    StoredTensor a = tensors.get(A);
    StoredTensor b = tensors.get(B);
    if (a == null || b == null) {
      throw new InvalidInputException(
          "%s: '%s' has %s alone, must have %s and %s"
              .formatted(path, flat, tensors.keySet(), A, B));
    }
    try {
      LoraFactors factors = LoraFactors.of(a.shape().length == 4 ? Kind.CONV2D : Kind.LINEAR, a, b);
      requirePlain(flat, factors);
      return factors;
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException("%s: '%s': %s".formatted(path, flat, e.getMessage()), e);
    }
  }

  private static Collection<String> names(Checkpoint file, Collection<String> modules) {
    String own = file.texts().get(NAMES);
    return modules.isEmpty() && own != null ? List.of(own.split(" ")) : modules;
  }

  private static String flat(String module) {
    return module.replace('.', '_');
  }

  /** Finds dotted names for flat ones. */
  private static final class Names {
    private final Path path;
    private final Map<String, Set<String>> byFlat = new TreeMap<>();
    private String prefix;

    Names(Path path, Collection<String> known) {
      this.path = path;
      known.forEach(name -> byFlat.computeIfAbsent(flat(name), n -> new TreeSet<>()).add(name));
    }

    String dotted(String name) {
      Matcher parts = NAME.matcher(name);
      if (!parts.matches()) {
        throw bad(name, "does not begin with lora_unet_, lora_te_ or the like");
      }
      if (prefix != null && !prefix.equals(parts.group(1))) {
        throw bad(
            name, "and others begin with %s_: adapters of several networks".formatted(prefix));
      }
      prefix = parts.group(1);
      String flat = parts.group(2);
      if (byFlat.isEmpty() && flat.indexOf('_') < 0) {
        return flat;
      }
      if (byFlat.isEmpty()) {
        throw bad(name, "has underscores that may be dots; name the network with --base");
      }
      Set<String> candidates = byFlat.getOrDefault(flat, Set.of());
      if (candidates.size() != 1) {
        throw bad(
            name,
            candidates.isEmpty()
                ? "is none of the base's %s layers".formatted(byFlat.size())
                : "may be any of " + String.join(", ", candidates));
      }
      return candidates.iterator().next();
    }

    private InvalidInputException bad(String name, String reason) {
      return new InvalidInputException("%s: '%s' %s".formatted(path, name, reason));
    }
  }
}
