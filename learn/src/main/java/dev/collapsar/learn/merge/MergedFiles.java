package dev.collapsar.learn.merge;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.compute.Workers;
import dev.collapsar.data.NewFile;
import dev.collapsar.data.NewTensorFile;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.NetworkCard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/** The files of a merged base. */
final class MergedFiles {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String INDEX = "model.safetensors.index.json";

  private final BaseNetwork base;
  private final MergePlan plan;
  private final LongConsumer progress;
  private final Workers workers;

  /**
   * @param progress told how many bytes have been written
   */
  MergedFiles(BaseNetwork base, MergePlan plan, LongConsumer progress, Workers workers) {
    this.base = base;
    this.plan = plan;
    this.progress = progress;
    this.workers = workers;
  }

  /** All tensors in one file; by the name of each weight that was computed, how it differs. */
  Map<String, Change> file(Path file) {
    return write(
        file,
        List.copyOf(plan.results().values()),
        changed(base.shards().get(0).file().metadata()));
  }

  /** Shards, configuration and tokenizer like the base's, into an empty folder. */
  Map<String, Change> folder(Path folder) throws IOException {
    Map<String, List<MergedTensor>> shards = byShard();
    Map<String, Change> changes = new LinkedHashMap<>();
    for (BaseNetwork.Shard shard : base.shards()) {
      String name = safeName(shard.name());
      List<MergedTensor> tensors = shards.get(name);
      changes.putAll(write(folder.resolve(name), tensors, changed(shard.file().metadata())));
    }
    if (base.index().isPresent()) {
      writeIndex(folder, shards, base.index().get().deepCopy());
    }
    writeOthers(folder);
    return changes;
  }

  /** The metadata of what is written: a card tells no accuracy that was measured before. */
  private Map<String, String> changed(Map<String, String> metadata) {
    String card = metadata.get(NetworkCard.KEY);
    if (card == null) {
      return metadata;
    }
    NetworkCard before = NetworkCard.parse(card, "the base");
    MergedTensor head = plan.results().get(before.head() + ".weight"); // (K,D)
    if (head == null) {
      return metadata;
    }
    Map<String, String> now = new LinkedHashMap<>(metadata);
    now.put(NetworkCard.KEY, NetworkFile.changed(before, head.source().shape()).toJson());
    return now;
  }

  /** Every tensor with its shard; new ones are in the last. */
  private Map<String, List<MergedTensor>> byShard() {
    Map<String, List<MergedTensor>> shards = new LinkedHashMap<>();
    Map<String, MergedTensor> left = new LinkedHashMap<>(plan.results());
    String last = "";
    for (BaseNetwork.Shard shard : base.shards()) {
      last = safeName(shard.name());
      List<MergedTensor> tensors = new ArrayList<>();
      shard.file().tensors().keySet().stream()
          .map(left::remove)
          .filter(tensor -> tensor != null)
          .forEach(tensors::add);
      shards.put(last, tensors);
    }
    shards.get(last).addAll(left.values());
    return shards;
  }

  /** Only safetensors is written, whatever was read. */
  private static String safeName(String shard) {
    return shard.endsWith(".safetensors")
        ? shard
        : shard.replaceFirst("^pytorch_model", "model").replaceFirst("\\.[^.]*$", "")
            + ".safetensors";
  }

  private static void writeIndex(
      Path folder, Map<String, List<MergedTensor>> shards, ObjectNode index) {
    ObjectNode names = index.putObject("weight_map");
    long bytes = 0;
    long elements = 0;
    for (Map.Entry<String, List<MergedTensor>> shard : shards.entrySet()) {
      for (MergedTensor tensor : shard.getValue()) {
        names.put(tensor.name(), shard.getKey());
        bytes += tensor.head().bytes();
        elements += tensor.source().elements();
      }
    }
    ObjectNode metadata =
        index.path("metadata") instanceof ObjectNode known ? known : index.putObject("metadata");
    metadata.put("total_size", bytes);
    if (metadata.has("total_parameters")) {
      metadata.put("total_parameters", elements);
    }
    writeJson(folder.resolve(INDEX), index);
  }

  private void writeOthers(Path folder) throws IOException {
    Optional<ObjectNode> config = plan.config().filter(c -> !base.config().get().equals(c));
    for (Path file : base.others().kept()) {
      Path copy = folder.resolve(file.getFileName().toString());
      if (file.getFileName().toString().equals("config.json") && config.isPresent()) {
        writeJson(copy, config.get());
      } else {
        Files.copy(file, copy);
      }
    }
  }

  private static void writeJson(Path path, ObjectNode node) {
    NewFile.write(
        path, out -> out.write(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(node)));
  }

  private Map<String, Change> write(
      Path path, List<MergedTensor> tensors, Map<String, String> metadata) {
    Map<String, MergedTensor> byName = new LinkedHashMap<>();
    tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
    Map<String, Change> changes = new LinkedHashMap<>();
    NewTensorFile.write(
        path,
        tensors.stream().map(MergedTensor::head).toList(),
        metadata,
        out -> {
          MergeWork work = new MergeWork(plan.adaptedShapes(), out, progress);
          out.names().forEach(name -> work.add(byName.get(name)));
          changes.putAll(work.run(workers));
        });
    return changes;
  }
}
