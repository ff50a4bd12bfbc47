package dev.collapsar.learn.spectra;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.learn.merge.SharedHead;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The changes of a network's tensors by fine-tuning: which changes may be of low rank, and what is
 * saved in full so that PEFT loads it, module by module ({@code modules_to_save}).
 */
final class Changes {
  private static final String WEIGHT = ".weight";
  private static final String PARAMETRIZED = ".parametrizations.";
  private static final int CHUNK = 1 << 22;

  /** What embeddings are called; PEFT would want other factors for them. */
  private static final Pattern EMBEDDING =
      Pattern.compile(
          "(.*\\.)?(emb|wte|wpe|shared|.*relative_attention_bias|.*embed(ding)?s?(_tokens|_positions|_in|_out)?)");

  private final Map<String, FileTensor> base;
  private final Map<String, FileTensor> tuned;
  private final Set<String> candidates = new TreeSet<>(LayerOrder.NATURAL);
  private final Map<String, String> full = new TreeMap<>(LayerOrder.NATURAL);
  private final Set<String> modulesToSave = new TreeSet<>(LayerOrder.NATURAL);
  private final List<String> notes = new ArrayList<>();

  /** Kinds of models whose files keep other names than transformers has in memory since 5. */
  private static final Set<String> RENAMED =
      Set.of(
          "audio-spectrogram-transformer",
          "beit",
          "deit",
          "detr",
          "dinov2",
          "dinov2_with_registers",
          "gemma3",
          "ijepa",
          "llava",
          "paligemma",
          "qwen2_5_vl",
          "qwen2_vl",
          "segformer",
          "swin",
          "vit",
          "vit_mae",
          "vit_msn",
          "vivit");

  private Changes(BaseNetwork base, BaseNetwork tuned) {
    Optional.of(base.modelType())
        .filter(RENAMED::contains)
        .ifPresent(
            type ->
                notes.add(
                    ("names are those of the base's files; of %s transformers has others in memory"
                            + " since version 5, and there PEFT may load nothing: merge, or load"
                            + " with version 4")
                        .formatted(type)));
    this.base = base.tensors();
    this.tuned = new LinkedHashMap<>(tuned.tensors());
  }

  /**
   * @throws InvalidInputException if nothing changed or there is no tensor in common
   */
  static Changes between(BaseNetwork base, BaseNetwork tuned, Collection<String> keepFull) {
    Changes changes = new Changes(base, tuned);
    if (Set.copyOf(base.tensors().keySet()).stream().noneMatch(tuned.tensors()::containsKey)) {
      throw new InvalidInputException(
          "%s and %s have no tensor in common: one has %s, the other %s"
              .formatted(
                  base,
                  tuned,
                  base.tensors().keySet().iterator().next(),
                  tuned.tensors().keySet().iterator().next()));
    }
    SharedHead.of(tuned).ifPresent(changes::follow);
    changes.sort(keepFull);
    if (changes.candidates.isEmpty() && changes.full.isEmpty()) {
      throw new InvalidInputException(
          "%s: every tensor is as in %s, there is nothing to extract".formatted(tuned, base));
    }
    return changes;
  }

  /** A head that is the embedding's weight changes with it, and PEFT's would not. */
  private void follow(SharedHead shared) {
    FileTensor after = tuned.get(shared.embedding());
    FileTensor before = base.get(shared.embedding());
    boolean same =
        before != null && Arrays.equals(before.shape(), after.shape()) && equal(before, after);
    shared
        .head()
        .filter(head -> !same || base.containsKey(head))
        .ifPresent(head -> tuned.put(head, after));
    if (!same && shared.embedding().endsWith("shared.weight")) {
      notes.add(
          shared.embedding()
              + ": is that of both sides too, which PEFT's network leaves as they were; a merge is"
              + " the tuned network");
    }
    if (shared.head().isEmpty() && !same) {
      notes.add(
          shared.embedding()
              + ": is the head's weight too, which PEFT's network leaves as it was; neither it nor"
              + " a merge is the tuned network");
    }
  }

  private void sort(Collection<String> keepFull) {
    Set<String> unused = new TreeSet<>(keepFull);
    tuned.forEach(
        (name, after) -> {
          FileTensor before = base.get(name);
          String module = module(name);
          unused.removeIf(wanted -> isNamed(module, wanted));
          if (before == null) {
            full.put(name, "new, " + after.kind());
          } else if (!Arrays.equals(before.shape(), after.shape())) {
            full.put(name, "%s, was %s".formatted(after.kind(), before.kind()));
          } else if (!equal(before, after)) {
            sort(name, module, before, after, keepFull);
          }
        });
    if (!unused.isEmpty()) {
      throw new InvalidInputException(
          "--full: '%s' is no layer of the network".formatted(unused.iterator().next()));
    }
    base.keySet().stream()
        .filter(name -> !tuned.containsKey(name))
        .forEach(name -> notes.add(name + ": only in the base, and stays"));
  }

  private void sort(
      String name, String module, FileTensor before, FileTensor after, Collection<String> keep) {
    long[] shape = before.shape();
    boolean matrix =
        name.endsWith(WEIGHT)
            && (shape.length == 2 || shape.length == 4)
            && before.isFloating()
            && after.isFloating();
    if (matrix && keep.stream().anyMatch(wanted -> isNamed(module, wanted))) {
      full.put(name, "as asked for");
    } else if (matrix && EMBEDDING.matcher(module).matches()) {
      full.put(name, "an embedding");
    } else if (matrix && shape.length == 4 && shape[1] == 1 && shape[0] > 1) {
      full.put(name, "a convolution in groups");
    } else if (matrix) {
      candidates.add(module);
    } else {
      full.put(name, "changed, %s".formatted(after.kind()));
    }
  }

  private static boolean isNamed(String module, String name) {
    return module.equals(name) || module.endsWith("." + name);
  }

  private static boolean equal(FileTensor one, FileTensor other) {
    if (!one.typeName().equals(other.typeName())) {
      return one.isFloating() && other.isFloating() && equalNumbers(one, other);
    }
    for (long at = 0; at < one.bytes(); at += CHUNK) {
      int part = (int) Math.min(CHUNK, one.bytes() - at);
      if (!one.read(at, ByteBuffer.allocate(part))
          .equals(other.read(at, ByteBuffer.allocate(part)))) {
        return false;
      }
    }
    return true;
  }

  private static boolean equalNumbers(FileTensor one, FileTensor other) {
    int chunk = (int) Math.min(CHUNK, Math.max(1, one.elements()));
    double[] a = new double[chunk];
    double[] b = new double[chunk];
    for (long at = 0; at < one.elements(); at += chunk) {
      int part = (int) Math.min(chunk, one.elements() - at);
      one.doubles(at, part, a, 0);
      other.doubles(at, part, b, 0);
      if (!Arrays.equals(a, 0, part, b, 0, part)) {
        return false;
      }
    }
    return true;
  }

  /** The name of the module that has the tensor; empty of the network's own parameters. */
  static String module(String tensor) {
    int made = tensor.indexOf(PARAMETRIZED); // of what makes a weight, as weight_norm
    return tensor.substring(0, made >= 0 ? made : Math.max(0, tensor.lastIndexOf('.')));
  }

  /** The tuned network's weight. */
  FileTensor weightAfter(String module) {
    return tuned.get(module + WEIGHT);
  }

  /** Modules whose weight's change may be of low rank, in natural order. */
  Set<String> candidates() {
    return candidates;
  }

  void saveInFull(String module, String why) {
    full.put(module + WEIGHT, why);
  }

  /**
   * Decides which modules are saved in full, now that it is known which are factored. PEFT takes
   * every module whose name ends in the letters of an entry of {@code modules_to_save}, and factors
   * none of these; what would be both is saved in full and taken off {@code factored}.
   */
  void settle(Set<String> factored) {
    modulesToSave.clear();
    for (boolean changed = true; changed; ) {
      changed = false;
      for (String name : List.copyOf(full.keySet())) {
        String module = module(name);
        boolean biasBeside = name.endsWith(".bias") && factored.contains(module);
        if (biasBeside || modulesToSave.contains(module)) {
          continue;
        }
        if (isContainer(module)) {
          notes.add(
              name
                  + ": a parameter of what contains other modules; it is saved, but PEFT does not"
                  + " load it");
          continue;
        }
        modulesToSave.add(module);
        changed = true;
        for (String other : List.copyOf(factored)) {
          if (other.endsWith(module)) {
            factored.remove(other);
            full.put(other + WEIGHT, "PEFT saves in full what ends in " + module);
          }
        }
      }
    }
  }

  /** PEFT replaces a whole module, so one that holds others cannot be. */
  private boolean isContainer(String module) {
    return module.isEmpty()
        || tuned.keySet().stream().anyMatch(name -> module(name).startsWith(module + "."));
  }

  Set<String> modulesToSave() {
    return modulesToSave;
  }

  Map<String, String> full() {
    return full;
  }

  List<String> notes() {
    return notes.stream().distinct().toList();
  }

  /** Every tensor that is saved in full, and all others of its module. */
  Map<String, StoredTensor> saved() {
    Map<String, StoredTensor> saved = new TreeMap<>();
    tuned.forEach(
        (name, tensor) -> {
          if (full.containsKey(name) || modulesToSave.contains(module(name))) {
            if (tensor.type() == null || tensor.bytes() > Integer.MAX_VALUE - Long.BYTES) {
              throw new InvalidInputException(
                  "%s changed and is %s, which cannot be saved in full"
                      .formatted(name, tensor.kind()));
            }
            saved.put(name, tensor.stored());
          }
        });
    return saved;
  }
}
