package dev.collapsar.cli.adapter;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.layout.AdapterLayouts;
import dev.collapsar.learn.adapter.layout.AdapterTensors;
import dev.collapsar.learn.adapter.layout.Target;
import dev.collapsar.learn.adapter.part.Part;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.learn.merge.NetworkMerge;
import dev.collapsar.learn.spectra.LayerOrder;
import dev.collapsar.report.TextTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The facts that the heads of an adapter of any layout tell, and the plan of merging it. */
public final class AdapterLook implements AutoCloseable {
  private final Path path;
  private final AdapterLayouts.Opened opened;
  private final Optional<Path> base;
  private final List<String> notes = new ArrayList<>();

  private AdapterLook(Path path, AdapterLayouts.Opened opened, Optional<Path> base) {
    this.path = path;
    this.opened = opened;
    this.base = base;
  }

  static AdapterLook at(Path path, Optional<Path> base) {
    AdapterLook look = new AdapterLook(path, AdapterLayouts.look(path), base);
    try {
      look.takeNotes();
      return look;
    } catch (RuntimeException e) {
      look.close();
      throw e;
    }
  }

  private AdapterTensors adapter() {
    return opened.adapter();
  }

  private void takeNotes() {
    adapter().obstacle().ifPresent(reason -> notes.add("cannot be merged: " + reason));
    if (base.isEmpty() || adapter().obstacle().isPresent()) {
      notes.addAll(adapter().notes());
      return;
    }
    try (BaseNetwork network = BaseNetwork.open(base.get())) {
      NetworkMerge merge = NetworkMerge.of(network, adapter(), Optional.empty());
      notes.addAll(merge.notes());
      Map<String, Part.BaseNeed> needs = merge.needs();
      notes.add(
          "a merge into %s computes %s of its %s tensors%s%s"
              .formatted(
                  base.get(),
                  needs.size(),
                  network.tensors().size(),
                  counted(needs, Part.BaseNeed.COLUMN_NORMS, "reads %d of them twice"),
                  counted(needs, Part.BaseNeed.WHOLE, "holds %d of them whole")));
    } catch (InvalidInputException e) {
      notes.add("cannot be merged into %s: %s".formatted(base.get(), e.getMessage()));
    }
  }

  private static String counted(Map<String, Part.BaseNeed> needs, Part.BaseNeed need, String text) {
    long count = needs.values().stream().filter(need::equals).count();
    return count == 0 ? "" : ", " + String.format(Locale.ROOT, text, count);
  }

  void printTable(PrintWriter out) {
    if (isBare()) {
      printBare(out);
      return;
    }
    int changed = adapter().targets().size() + adapter().saved().size();
    out.printf(
        Locale.ROOT,
        "%s: %s in %s's layout, %,d parameters for %d tensor%s%n%n",
        path,
        adapter().method(),
        adapter().layout(),
        adapter().parameters(),
        changed,
        changed == 1 ? "" : "s");
    TextTable table = new TextTable("layer", "parameter", "shape", "rank", "scale", "parameters");
    for (Target target : targets()) {
      Target.Choice choice = target.choices().get(0);
      Part part = choice.part();
      table.row(
          name(target),
          choice.parameter(),
          part.wanted(),
          part.rank().isPresent() ? Integer.toString(part.rank().getAsInt()) : "-",
          part.scale().isPresent() ? Figures.digits(part.scale().getAsDouble()) : "-",
          Figures.count(part.parameters()));
    }
    out.print(targets().isEmpty() ? "" : table.folded());
    adapter().saved().forEach((name, tensor) -> out.println("saved in full: " + tensor));
    adapter().baseCopies().forEach((name, tensor) -> out.println("copy of the base's: " + tensor));
    notes.forEach(out::println);
  }

  /** Whether what it does is not known, so that there is only what the file holds. */
  private boolean isBare() {
    return adapter().targets().isEmpty() && adapter().saved().isEmpty();
  }

  private void printBare(PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%s: %s in %s's layout, %,d numbers in %d tensor%s%n%n",
        path,
        adapter().method(),
        adapter().layout(),
        numbers(),
        opened.file().tensors().size(),
        opened.file().tensors().size() == 1 ? "" : "s");
    TextTable table = new TextTable("tensor", "holds");
    held().forEach((name, tensor) -> table.row(name, tensor.kind()));
    out.print(table.folded());
    notes.forEach(out::println);
  }

  private Map<String, FileTensor> held() {
    Map<String, FileTensor> held = new TreeMap<>(LayerOrder.NATURAL);
    held.putAll(opened.file().tensors());
    return held;
  }

  private long numbers() {
    return held().values().stream().mapToLong(FileTensor::elements).sum();
  }

  private List<Target> targets() {
    return adapter().targets().stream()
        .sorted(Comparator.comparing(AdapterLook::name, LayerOrder.NATURAL))
        .toList();
  }

  ObjectNode fill(ObjectNode root) {
    root.put("adapter", path.toString())
        .put("layout", adapter().layout())
        .put("method", adapter().method())
        .put("parameters", isBare() ? numbers() : adapter().parameters());
    ArrayNode layers = root.putArray("layers");
    for (Target target : adapter().targets()) {
      Target.Choice choice = target.choices().get(0);
      ObjectNode layer =
          layers
              .addObject()
              .put("layer", name(target))
              .put("parameter", choice.parameter())
              .put("shape", choice.part().wanted())
              .put("parameters", choice.part().parameters());
      choice.part().rank().ifPresent(rank -> layer.put("rank", rank));
      choice.part().scale().ifPresent(scale -> layer.put("scale", scale));
    }
    ObjectNode saved = root.putObject("saved");
    adapter().saved().forEach((name, tensor) -> saved.put(name, tensor.toString()));
    if (isBare()) {
      ObjectNode tensors = root.putObject("tensors");
      held().forEach((name, tensor) -> tensors.put(name, tensor.kind()));
    }
    adapter().obstacle().ifPresent(reason -> root.put("obstacle", reason));
    notes.forEach(root.putArray("notes")::add);
    return root;
  }

  private static String name(Target target) {
    return target.network().isEmpty() ? target.module() : target.network() + " " + target.module();
  }

  @Override
  public void close() {
    opened.close();
  }
}
