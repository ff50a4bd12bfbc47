package dev.collapsar.learn.merge;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.layout.AdapterTensors;
import dev.collapsar.learn.adapter.layout.Target;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The base's names of what an adapter changes. Where they are not the same, one prefix may be more
 * or less, if exactly one such mapping fits all names; names with underscores for dots are found in
 * the base's list.
 */
final class TargetNames {
  /** A prefix taken off, another put on, of names that are then known. */
  private record Mapping(String strip, String add) {
    static final Mapping NONE = new Mapping("", "");

    String apply(String name) {
      return name.startsWith(strip) ? add + name.substring(strip.length()) : name;
    }

    @Override
    public String toString() {
      return strip.isEmpty()
          ? "with '%s' before them".formatted(add)
          : add.isEmpty()
              ? "without '%s'".formatted(strip)
              : "with '%s' in the place of '%s'".formatted(add, strip);
    }
  }

  private static final int MOST_LISTED = 3;

  private final Collection<String> base;
  private final Predicate<String> exists;
  private final Map<Target, String> modules = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();
  private Mapping mapping = Mapping.NONE;
  private Spelling spelling = Spelling.SAME;

  private TargetNames(Collection<String> base, Predicate<String> exists) {
    this.base = base;
    this.exists = exists;
  }

  /**
   * @param base the names of the base's tensors
   * @param exists whether one of them is there, or stands for one that is
   * @throws InvalidInputException if a name is none of the base's, or may be several
   */
  static TargetNames of(AdapterTensors adapter, Collection<String> base, Predicate<String> exists) {
    TargetNames names = new TargetNames(base, exists);
    names.resolve(adapter);
    adapter.saved().keySet().stream()
        .filter(name -> names.own(name, names.spelling).isEmpty())
        .flatMap(name -> names.otherwise(name).stream())
        .map(Spelling::note)
        .distinct()
        .forEach(names.notes::add);
    return names;
  }

  /** By target, the module's name in the base; those of other networks are left out. */
  Map<Target, String> modules() {
    return modules;
  }

  /** The base's name of a tensor that the adapter saves in full; its own if the base has none. */
  String saved(String name) {
    return own(name, spelling)
        .or(() -> otherwise(name).flatMap(other -> own(name, other)))
        .orElse(name);
  }

  private Optional<String> own(String name, Spelling spelled) {
    return Optional.of(mapping.apply(spelled.of(name))).filter(exists);
  }

  /** The spelling of what the targets alone do not tell, such as a router saved in full. */
  private Optional<Spelling> otherwise(String name) {
    return exists.test(name)
        ? Optional.empty()
        : Spelling.ALL.stream().filter(other -> own(name, other).isPresent()).findFirst();
  }

  List<String> notes() {
    return notes;
  }

  private void resolve(AdapterTensors adapter) {
    Map<String, List<Target>> networks = new TreeMap<>();
    adapter
        .targets()
        .forEach(t -> networks.computeIfAbsent(t.network(), n -> new ArrayList<>()).add(t));
    if (networks.isEmpty()) {
      List<Set<String>> wanted = adapter.saved().keySet().stream().map(Set::of).toList();
      mapping = mapping(wanted);
      return;
    }
    InvalidInputException failure = null;
    for (Map.Entry<String, List<Target>> network : networks.entrySet()) {
      try {
        modules.putAll(resolved(network.getValue()));
      } catch (UnknownNetwork e) {
        failure = failure == null ? e.refusal : failure;
        notes.add(
            "the %s layers of %s are none of the base's and are left out"
                .formatted(network.getValue().size(), network.getKey()));
      }
    }
    if (modules.isEmpty()) {
      throw failure;
    }
  }

  /** That not one name of a network is the base's. */
  private static final class UnknownNetwork extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient InvalidInputException refusal;

    UnknownNetwork(InvalidInputException refusal) {
      this.refusal = refusal;
    }
  }

  private Map<Target, String> resolved(List<Target> targets) throws UnknownNetwork {
    Map<Target, String> found = targets.get(0).flat() ? flat(targets) : dotted(targets);
    List<Target> missing =
        targets.stream().filter(t -> !t.optional() && !found.containsKey(t)).toList();
    if (!missing.isEmpty()) {
      Target first = missing.get(0);
      // The layer is there with its weight: the network is the right one, and only the bias lacks.
      if (first.choices().get(0).parameter().equals("bias")
          && found.keySet().stream().anyMatch(t -> t.module().equals(first.module()))) {
        throw new InvalidInputException(
            ("%s has no bias in the base, and the adapter adds to one (lora_bias): only a network"
                    + " with that bias could hold the merged one")
                .formatted(first.module()));
      }
      InvalidInputException refusal =
          new InvalidInputException(
              ("the base has no tensor %s.%s, which the adapter adapts: it is of another network,"
                      + " or of a version with other names (%s of its %s layers%s are missing)")
                  .formatted(
                      first.module(),
                      first.choices().get(0).parameter(),
                      missing.size(),
                      targets.size(),
                      first.network().isEmpty() ? "" : " of " + first.network()));
      if (missing.size() == targets.size() && !first.network().isEmpty()) {
        throw new UnknownNetwork(refusal);
      }
      throw refusal;
    }
    return found;
  }

  private Map<Target, String> flat(List<Target> targets) {
    Map<String, Set<String>> byFlat = new TreeMap<>();
    for (String name : base) {
      int dot = name.lastIndexOf('.');
      if (dot > 0) {
        String module = name.substring(0, dot);
        byFlat.computeIfAbsent(module.replace('.', '_'), n -> new TreeSet<>()).add(module);
      }
    }
    Map<Target, String> found = new LinkedHashMap<>();
    for (Target target : targets) {
      Set<String> candidates = byFlat.getOrDefault(target.module(), Set.of());
      if (candidates.size() > 1) {
        throw new InvalidInputException(
            "'%s' may be any of %s".formatted(target.module(), String.join(", ", candidates)));
      }
      candidates.forEach(module -> found.put(target, module));
    }
    return found;
  }

  private Map<Target, String> dotted(List<Target> targets) {
    for (Spelling tried : Spelling.ALL) { // to the letter, before prefixes are thought of
      if (targets.stream()
          .allMatch(t -> t.optional() || names(t, tried).stream().anyMatch(exists))) {
        return spelled(targets, tried);
      }
    }
    for (Spelling tried : Spelling.ALL) {
      Map<Target, String> found = dotted(targets, tried);
      if (targets.stream().allMatch(t -> t.optional() || found.containsKey(t))) {
        return spelled(targets, tried);
      }
    }
    return dotted(targets, Spelling.SAME);
  }

  private Map<Target, String> spelled(List<Target> targets, Spelling tried) {
    if (tried != Spelling.SAME) {
      notes.add(tried.note());
    }
    return dotted(targets, tried);
  }

  private Map<Target, String> dotted(List<Target> targets, Spelling tried) {
    List<Set<String>> wanted =
        targets.stream().filter(t -> !t.optional()).map(t -> names(t, tried)).toList();
    spelling = tried;
    mapping = mapping(wanted);
    Map<Target, String> found = new LinkedHashMap<>();
    for (Target target : targets) {
      String spelled = tried.of(target.module());
      for (String module : List.of(mapping.apply(spelled), spelled)) {
        if (target.choices().stream().anyMatch(c -> exists.test(module + "." + c.parameter()))) {
          found.putIfAbsent(target, module);
        }
      }
    }
    return found;
  }

  private static Set<String> names(Target target, Spelling spelling) {
    Set<String> names = new LinkedHashSet<>();
    String module = spelling.of(target.module());
    target.choices().forEach(choice -> names.add(module + "." + choice.parameter()));
    return names;
  }

  /** Of names that may each be one of several; none if they are the base's, or nothing helps. */
  private Mapping mapping(List<Set<String>> wanted) {
    Optional<Set<String>> unknown =
        wanted.stream().filter(names -> names.stream().noneMatch(exists)).findFirst();
    if (unknown.isEmpty()) {
      return Mapping.NONE;
    }
    String first = unknown.get().iterator().next();
    for (int cut = 0; cut >= 0; cut = next(first, cut)) {
      Map<List<String>, Mapping> fitting = fitting(wanted, unknown.get(), cut);
      if (fitting.size() > 1) {
        throw new InvalidInputException(
            "the adapter's names fit the base in %s ways: %s%s"
                .formatted(
                    fitting.size(),
                    fitting.values().stream()
                        .limit(MOST_LISTED)
                        .map(Mapping::toString)
                        .collect(Collectors.joining(", or ")),
                    fitting.size() > MOST_LISTED ? ", ..." : ""));
      }
      if (fitting.size() == 1) {
        Mapping only = fitting.values().iterator().next();
        notes.add("the adapter's names are the base's " + only);
        return only;
      }
    }
    return Mapping.NONE;
  }

  /** Behind the next dot, or -1 where a layer's own name would be taken for a prefix. */
  private static int next(String name, int cut) {
    int after = name.indexOf('.', cut) + 1;
    return after > 0 && name.indexOf('.', after) >= 0 ? after : -1;
  }

  /** By what the names become, the mappings that take off {@code cut} characters and fit all. */
  private Map<List<String>, Mapping> fitting(
      List<Set<String>> wanted, Set<String> unknown, int cut) {
    Map<List<String>, Mapping> fitting = new LinkedHashMap<>();
    for (String name : unknown) {
      String rest = name.substring(Math.min(cut, name.length()));
      for (String candidate : base) {
        if (candidate.equals(rest) || candidate.endsWith("." + rest)) {
          Mapping found =
              new Mapping(
                  name.substring(0, cut),
                  candidate.substring(0, candidate.length() - rest.length()));
          image(wanted, found).ifPresent(image -> fitting.putIfAbsent(image, found));
        }
      }
    }
    return fitting;
  }

  private Optional<List<String>> image(List<Set<String>> wanted, Mapping candidate) {
    List<String> image = new ArrayList<>();
    for (Set<String> names : wanted) {
      Optional<String> found =
          names.stream()
              .map(name -> exists.test(candidate.apply(name)) ? candidate.apply(name) : name)
              .filter(exists)
              .findFirst();
      if (found.isEmpty()) {
        return Optional.empty();
      }
      image.add(found.get());
    }
    return Optional.of(image);
  }
}
