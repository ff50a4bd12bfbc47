package dev.collapsar.board;

import dev.collapsar.board.BoardState.Column;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.report.Palette;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The columns of a board: the metrics that its runs have, and the settings that set them apart. */
record BoardColumns(
    Map<RunFolders.Folder, RunLook> looks, List<MetricInfo> metrics, List<String> settings) {

  static BoardColumns of(Map<RunFolders.Folder, RunLook> looks) {
    return new BoardColumns(looks, metrics(looks), differing(looks));
  }

  /** Headlines in their order, then others as they come. */
  private static List<MetricInfo> metrics(Map<RunFolders.Folder, RunLook> looks) {
    Map<String, MetricInfo> infos = new LinkedHashMap<>();
    for (RunLook look : looks.values()) {
      look.metrics().forEach(info -> infos.putIfAbsent(info.id(), info));
    }
    return infos.values().stream()
        .sorted(
            Comparator.comparingInt(
                info -> info.headline() == null ? Integer.MAX_VALUE : info.headline().place()))
        .toList();
  }

  /** Between runs of one recipe: those of two recipes differ in nearly everything. */
  private static List<String> differing(Map<RunFolders.Folder, RunLook> looks) {
    Map<String, List<Map<String, String>>> recipes = new LinkedHashMap<>();
    for (RunLook look : looks.values()) {
      if (look.problem() == null) {
        recipes.computeIfAbsent(look.recipe(), r -> new ArrayList<>()).add(look.settings());
      }
    }
    Set<String> differing = new LinkedHashSet<>();
    for (List<Map<String, String>> runs : recipes.values()) {
      Set<String> keys = new LinkedHashSet<>();
      runs.forEach(run -> keys.addAll(run.keySet()));
      for (String key : keys) {
        if (runs.stream().map(run -> run.getOrDefault(key, "")).distinct().count() > 1) {
          differing.add(key);
        }
      }
    }
    return List.copyOf(differing);
  }

  BoardState state(String title, boolean live, Links links) {
    Map<String, String> studies = new TreeMap<>();
    looks
        .keySet()
        .forEach(
            run -> {
              if (!run.study().isEmpty()) {
                studies.computeIfAbsent(run.study(), name -> links.study(name, run));
              }
            });
    return new BoardState(
        title,
        live,
        metrics.stream()
            .map(m -> new Column(m.id(), m.title(), m.meaning(), m.axis(), m.direction()))
            .toList(),
        settings,
        colours(),
        studies,
        looks.entrySet().stream().map(e -> run(e.getKey(), e.getValue(), links)).toList());
  }

  private BoardState.Run run(RunFolders.Folder found, RunLook look, Links links) {
    Map<String, String> own = new LinkedHashMap<>(look.settings());
    own.keySet().retainAll(settings);
    return new BoardState.Run(
        found.name(),
        found.study(),
        look.problem() == null ? links.run(found) : null,
        look.status(),
        look.problem(),
        look.recipe(),
        look.title(),
        look.started(),
        look.seconds(),
        own,
        look.variants());
  }

  /** From the oldest run on, so that a new one leaves the others their colours. */
  private Map<String, Palette.Swatch> colours() {
    Set<String> names = new LinkedHashSet<>();
    Set<String> starts = new LinkedHashSet<>();
    List<RunLook> oldestFirst = new ArrayList<>(looks.values());
    Collections.reverse(oldestFirst);
    oldestFirst.stream()
        .flatMap(look -> look.variants().stream())
        .forEach(
            variant -> {
              names.add(variant.name());
              if (!variant.last()) {
                starts.add(variant.name());
              }
            });
    return Palette.assign(List.copyOf(names), List.copyOf(starts));
  }
}
