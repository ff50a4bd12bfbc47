package dev.collapsar.learn.merge;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.Workers;
import dev.collapsar.data.FileTensor;
import dev.collapsar.data.NewFile;
import dev.collapsar.learn.adapter.layout.AdapterTensors;
import dev.collapsar.learn.adapter.part.BaseRows;
import dev.collapsar.learn.adapter.part.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * An adapter of any layout merged into a base of any size: each changed weight in double precision,
 * a few rows at a time, rounded once to its type; everything else copied byte by byte. What is
 * right is the network that runs with the adapter: see docs/adapters.md where other tools' merges
 * are not that.
 */
public final class NetworkMerge {
  private final BaseNetwork base;
  private final MergePlan plan;
  private final LongConsumer progress;

  private NetworkMerge(BaseNetwork base, MergePlan plan, LongConsumer progress) {
    this.base = base;
    this.plan = plan;
    this.progress = progress;
  }

  /** The same, that tells how many bytes of the result have been written. */
  public NetworkMerge watchedBy(LongConsumer watcher) {
    return new NetworkMerge(base, plan, watcher);
  }

  /** What all tensors of the result take. */
  public long bytes() {
    return plan.results().values().stream().mapToLong(tensor -> tensor.head().bytes()).sum();
  }

  /**
   * Settles from the heads of both what becomes of every tensor.
   *
   * @param fanInFanOut which of the adapter's square layers the base keeps (in,out), as GPT-2's
   *     Conv1D, by name or by what follows a dot of it; the others are then (out,in). If empty,
   *     names and shapes decide
   * @throws InvalidInputException if the adapter cannot be merged, or is of another network; if
   *     nothing tells which way round a square weight stands
   */
  public static NetworkMerge of(
      BaseNetwork base, AdapterTensors adapter, Optional<List<String>> fanInFanOut) {
    return new NetworkMerge(base, new MergePlan(base, adapter, fanInFanOut), bytes -> {});
  }

  /** What is new, replaced, resized, untied, mapped or left out, a line each. */
  public List<String> notes() {
    return plan.notes();
  }

  /** Of what lies beside the base's weights, what a merged folder does not hold, and why. */
  public List<String> leftOut() {
    return base.others().leftOut();
  }

  /** By the name of each tensor that is computed, the most that this needs of the base. */
  public Map<String, Part.BaseNeed> needs() {
    Map<String, Part.BaseNeed> needs = new LinkedHashMap<>();
    for (MergedTensor tensor : plan.results().values()) {
      tensor.parts().stream()
          .map(Part::need)
          .max(Comparator.naturalOrder())
          .ifPresent(need -> needs.put(tensor.name(), need));
    }
    return needs;
  }

  /** The name in the base of the tensor that the adapter's module changes. */
  public Optional<String> weightOf(String module) {
    return plan.weightOf(module);
  }

  /** The base's weight that the adapter's module changes, its outputs first. */
  public Optional<BaseRows> baseRows(String module) {
    return plan.weightOf(module)
        .map(name -> WeightRows.ofBase(plan.results().get(name), plan.adaptedShapes()));
  }

  /**
   * Tells of every row of the weight that the adapter's module changes, before rounding; outputs
   * are rows. False if there is none.
   */
  public boolean forEachRow(String module, RowPair consumer) {
    Optional<String> weight = plan.weightOf(module);
    weight.ifPresent(
        name ->
            new WeightRows(plan.results().get(name), plan.adaptedShapes()).forEachRow(consumer));
    return weight.isPresent();
  }

  /** What merging makes of that weight before it is rounded. */
  public Optional<BaseRows> mergedRows(String module) {
    return plan.weightOf(module)
        .map(name -> WeightRows.ofResult(plan.results().get(name), plan.adaptedShapes()));
  }

  /**
   * What merging would do to each weight that it computes; nothing is written.
   *
   * @throws InvalidInputException as {@link #writeFile}
   */
  public Map<String, Change> changes(int threads) {
    requireEqualCopies();
    MergeWork work = new MergeWork(plan.adaptedShapes(), null, progress);
    plan.results().values().stream().filter(t -> !t.parts().isEmpty()).forEach(work::add);
    try (Workers workers = new Workers(threads)) {
      return work.run(workers);
    }
  }

  /**
   * Writes one safetensors file.
   *
   * @param check is given the whole file before it gets its name; what it throws leaves nothing
   * @return by the name of each weight that was computed, how it differs from the base's
   * @throws InvalidInputException if a weight does not fit its type, or the adapter's copy of one
   *     is not the base's; nothing is written then
   */
  public Map<String, Change> writeFile(Path out, int threads, Consumer<Path> check) {
    NewFile.requirePlace(out);
    requireEqualCopies();
    try (Workers workers = new Workers(threads)) {
      return NewFile.writtenAside(
          out,
          whole -> {
            Map<String, Change> changes =
                new MergedFiles(base, plan, progress, workers).file(whole);
            check.accept(whole);
            return changes;
          });
    }
  }

  /**
   * Writes a folder like the base's: the same shards, configuration and tokenizer. It is whole
   * under a temporary name before it gets its own.
   *
   * @param replace whether a folder of that name may be replaced
   * @throws InvalidInputException as {@link #writeFile}
   */
  public Map<String, Change> writeFolder(Path out, boolean replace, int threads) {
    if (Files.exists(out) && !replace) {
      throw new InvalidInputException(out + ": exists already");
    }
    requireEqualCopies();
    Path target = out.toAbsolutePath().normalize();
    Path partial = NewFile.partial(target);
    try (Workers workers = new Workers(threads)) {
      try {
        Files.createDirectories(partial);
        Map<String, Change> changes =
            new MergedFiles(base, plan, progress, workers).folder(partial);
        name(partial, target);
        return changes;
      } finally {
        NewFile.remove(partial);
      }
    } catch (IOException e) {
      throw InvalidInputException.because(out + ": cannot be written", e);
    }
  }

  /** Gives a folder its name, in place of another that may have it. */
  private static void name(Path partial, Path target) throws IOException {
    if (Files.exists(target)) {
      Path old = NewFile.partial(target.resolveSibling(target.getFileName() + ".old"));
      Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      NewFile.remove(old);
    } else {
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** An adapter's copy of a base's tensor says which base it was trained on. */
  private void requireEqualCopies() {
    plan.equalCopies()
        .forEach(
            (name, copy) -> {
              FileTensor own = plan.baseOf(name);
              int chunk = 1 << 20;
              double[] expected = new double[chunk];
              double[] found = new double[chunk];
              for (long at = 0; at < own.elements(); at += chunk) {
                int part = (int) Math.min(chunk, own.elements() - at);
                copy.doubles(at, part, expected, 0);
                own.doubles(at, part, found, 0);
                int differs = Arrays.mismatch(expected, 0, part, found, 0, part);
                if (differs >= 0) {
                  throw new InvalidInputException(
                      ("%s: element %s is %s in the base and %s in the adapter's copy of it: it is"
                              + " of another base")
                          .formatted(name, at + differs, found[differs], expected[differs]));
                }
              }
            });
  }
}
