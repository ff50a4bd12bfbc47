package dev.collapsar.learn.merge;

import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.layout.AdapterTensors;
import dev.collapsar.learn.adapter.layout.Target;
import dev.collapsar.learn.adapter.part.ExpertsPart;
import dev.collapsar.learn.adapter.part.Part;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Experts that the base holds one by one, where the adapter changes them fused, as transformers 5
 * does once it has loaded them: {@code gate_up_proj} (E, 2f, d), the first over the second, and
 * {@code down_proj} (E, d, f). Each gets its part of the update.
 */
final class UnfusedExperts {
  /** How files name them: the folder's end in memory and in the file, and the three matrices. */
  private record Naming(String fused, String folder, String gate, String up, String down) {}

  private static final String GATE_UP = "gate_up_proj";
  private static final String DOWN = "down_proj";

  private static final List<Naming> NAMINGS =
      List.of(
          new Naming(".experts", ".experts", "gate_proj", "up_proj", "down_proj"),
          new Naming(".experts", ".experts", "w1", "w3", "w2"),
          new Naming(".experts", ".experts", "fc1", "fc3", "fc2"),
          new Naming(".mlp.experts", ".block_sparse_moe.experts", "w1", "w3", "w2"));

  private final Map<String, FileTensor> base;
  private final List<String> notes = new ArrayList<>();

  private UnfusedExperts(Map<String, FileTensor> base) {
    this.base = base;
  }

  /** The adapter with an update for each expert where the base has them one by one; else itself. */
  static AdapterTensors mapped(AdapterTensors adapter, Map<String, FileTensor> base) {
    UnfusedExperts experts = new UnfusedExperts(base);
    List<Target> targets = new ArrayList<>();
    adapter.targets().forEach(target -> targets.addAll(experts.mapped(target)));
    Map<String, FileTensor> saved = new LinkedHashMap<>();
    adapter.saved().forEach((name, tensor) -> saved.putAll(experts.mapped(name, tensor)));
    if (experts.notes.isEmpty()) {
      return adapter;
    }
    List<String> notes = new ArrayList<>(adapter.notes());
    notes.add(
        "%s fused tensors are of experts that the base holds one by one (%s): each gets its part"
            .formatted(experts.notes.size(), experts.notes.get(0)));
    return new AdapterTensors(
        adapter.layout(),
        adapter.method(),
        targets,
        saved,
        adapter.baseCopies(),
        adapter.fanInFanOut(),
        adapter.obstacle(),
        notes);
  }

  private List<Target> mapped(Target target) {
    boolean known =
        target.choices().stream()
            .anyMatch(c -> base.containsKey(target.module() + "." + c.parameter()));
    Map<String, ExpertsPart> parts = new LinkedHashMap<>(); // each has the scale of its parameter
    for (Target.Choice choice : target.choices()) {
      if (choice.part() instanceof ExpertsPart fused && !fused.turned()) {
        parts.putIfAbsent(choice.parameter(), fused);
      }
    }
    if (known || parts.isEmpty()) {
      return List.of(target);
    }
    for (Naming naming : NAMINGS) {
      if (target.module().endsWith(naming.fused)) {
        String folder =
            target.module().substring(0, target.module().length() - naming.fused.length())
                + naming.folder;
        List<Target> each = each(parts, folder, naming);
        if (!each.isEmpty()) {
          notes.add(each.get(0).module());
          return each;
        }
      }
    }
    return List.of(target);
  }

  /** What is saved in full, likewise; itself if the base has no such experts. */
  private Map<String, FileTensor> mapped(String name, FileTensor tensor) {
    int dot = name.lastIndexOf('.');
    String parameter = name.substring(dot + 1);
    boolean fused = parameter.equals(GATE_UP) || parameter.equals(DOWN);
    for (Naming naming : NAMINGS) {
      if (fused
          && !base.containsKey(name)
          && name.startsWith(naming.fused, dot - naming.fused.length())) {
        String folder = name.substring(0, dot - naming.fused.length()) + naming.folder;
        Map<String, FileTensor> each = each(tensor, folder, naming, parameter.equals(GATE_UP));
        if (!each.isEmpty()) {
          notes.add(each.keySet().iterator().next());
          return each;
        }
      }
    }
    return Map.of(name, tensor);
  }

  private Map<String, FileTensor> each(
      FileTensor tensor, String folder, Naming naming, boolean gateUp) {
    Map<String, FileTensor> each = new LinkedHashMap<>();
    long[] shape = tensor.shape(); // (E,2f,d) or (E,d,f)
    if (shape.length != 3 || gateUp && shape[1] % 2 != 0) {
      return each;
    }
    List<String> matrices = gateUp ? List.of(naming.gate, naming.up) : List.of(naming.down);
    long rows = shape[1] / matrices.size();
    for (int part = 0; part < shape[0] * matrices.size(); part++) {
      int expert = part / matrices.size();
      String name = weight(folder, expert, matrices.get(part % matrices.size()));
      if (!base.containsKey(name)) {
        return Map.of();
      }
      each.put(name, tensor.part(name, part * rows * shape[2], rows, shape[2]));
    }
    return each;
  }

  /** Empty if the base has no such experts, or of other shapes. */
  private List<Target> each(Map<String, ExpertsPart> parts, String folder, Naming naming) {
    ExpertsPart fused = parts.values().iterator().next();
    int experts = 0;
    while (base.containsKey(weight(folder, experts, naming.gate))) {
      experts++;
    }
    if (experts == 0 || fused.a().shape()[0] % experts != 0) {
      return List.of();
    }
    long[] shape = base.get(weight(folder, 0, naming.gate)).shape(); // (f,d)
    int inner = (int) shape[0];
    int width = (int) shape[1];
    long out = fused.b().shape()[0];
    long in = fused.a().shape()[1];
    List<Target> each = new ArrayList<>();
    for (int e = 0; e < experts; e++) {
      String expert = "%s.%s.".formatted(folder, e);
      if (out == 2L * inner && in == width && parts.containsKey(GATE_UP)) {
        ExpertsPart both = parts.get(GATE_UP);
        each.add(target(expert + naming.gate, both.expert(e, experts, 0, inner)));
        each.add(target(expert + naming.up, both.expert(e, experts, inner, inner)));
      } else if (out == width && in == inner && parts.containsKey(DOWN)) {
        each.add(target(expert + naming.down, parts.get(DOWN).expert(e, experts, 0, width)));
      }
    }
    return each;
  }

  private static String weight(String folder, int expert, String matrix) {
    return "%s.%s.%s.weight".formatted(folder, expert, matrix);
  }

  private static Target target(String module, Part part) {
    return new Target("", module, false, List.of(new Target.Choice("weight", part)), false);
  }
}
