package dev.collapsar.learn.dataset;

import dev.collapsar.learn.images.SplitTable.Part;
import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts images into parts by chance, each class in the same shares: 70% train, 15% validation, 15%
 * test, rounded, at least one image of a class in each part as far as there are three; of two
 * images one is learned from and one tested on, a single one is learned from. Images that belong
 * together, or are the same, come into one part; whatever parts are wanted, the order in which the
 * images are given plays no role beyond telling them apart.
 */
final class Splitting {
  private static final double HELD_OUT = 0.15;

  private final int classes;
  private final List<Part> parts;

  /**
   * Into these parts.
   *
   * @param parts train and one or both of the others
   */
  Splitting(int classes, List<Part> parts) {
    this.classes = classes;
    this.parts = parts;
  }

  /** Images that are not divided. */
  private record Unit(List<Integer> images, int[] byClass) {}

  /**
   * The part of each image.
   *
   * @param labels (n)
   * @param units of each image the number of what it belongs to, (n)
   */
  Part[] of(int[] labels, int[] units, Seed seed) {
    List<Unit> drawn = drawn(labels, units, seed);
    double[][] need = need(drawn);
    Part[] chosen = new Part[labels.length];
    for (Unit unit : drawn) {
      int part = neediest(unit, need);
      unit.images.forEach(image -> chosen[image] = parts.get(part));
      for (int k = 0; k < classes; k++) {
        need[part][k] -= unit.byClass[k];
      }
    }
    for (int part = parts.size() - 1; part > 0; part--) {
      serve(parts.get(part), drawn, chosen);
    }
    return chosen;
  }

  /**
   * Gives a part that has nothing, since groups are too large for its share, the smallest of those
   * that the training can spare: every class is still learned, and something is.
   */
  private void serve(Part part, List<Unit> units, Part[] chosen) {
    if (List.of(chosen).contains(part)) {
      return;
    }
    int[] learned = new int[classes];
    units.stream()
        .filter(unit -> isIn(unit, Part.TRAIN, chosen))
        .forEach(unit -> add(unit.byClass, learned));
    units.stream()
        .filter(unit -> isIn(unit, Part.TRAIN, chosen) && isSpared(unit, learned))
        .min(Comparator.comparing(unit -> unit.images.size()))
        .ifPresent(unit -> unit.images.forEach(image -> chosen[image] = part));
  }

  private static boolean isIn(Unit unit, Part part, Part[] chosen) {
    return chosen[unit.images.get(0)] == part;
  }

  private static void add(int[] counts, int[] sums) {
    for (int k = 0; k < counts.length; k++) {
      sums[k] += counts[k];
    }
  }

  private static boolean isSpared(Unit unit, int[] learned) {
    for (int k = 0; k < learned.length; k++) {
      if (unit.byClass[k] > 0 && learned[k] == unit.byClass[k]) {
        return false;
      }
    }
    return true;
  }

  /** In a drawn order, the largest first: they are the hardest to place. */
  private List<Unit> drawn(int[] labels, int[] units, Seed seed) {
    Map<Integer, Unit> byNumber = new LinkedHashMap<>();
    for (int image = 0; image < labels.length; image++) {
      Unit unit =
          byNumber.computeIfAbsent(
              units[image], number -> new Unit(new ArrayList<>(), new int[classes]));
      unit.images.add(image);
      unit.byClass[labels[image]]++;
    }
    List<Unit> all = List.copyOf(byNumber.values());
    List<Unit> drawn = new ArrayList<>();
    for (int i : Permutation.of(all.size(), seed.random("split"))) {
      drawn.add(all.get(i));
    }
    drawn.sort(Comparator.comparing((Unit unit) -> -unit.images.size()));
    return drawn;
  }

  /** How many images of each class each part is to have, (parts, K). */
  private double[][] need(List<Unit> units) {
    double[][] need = new double[parts.size()][classes];
    for (int k = 0; k < classes; k++) {
      int type = k;
      long images = units.stream().mapToLong(unit -> unit.byClass[type]).sum();
      long several = units.stream().filter(unit -> unit.byClass[type] > 0).count();
      double left = images;
      // The test is served first: without one there is nothing to report.
      for (int part = parts.size() - 1; part > 0; part--) {
        boolean any = several > parts.size() - part;
        double wanted = any ? Math.max(1, Math.rint(HELD_OUT * images)) : 0;
        need[part][k] = wanted;
        left -= wanted;
      }
      need[0][k] = left;
    }
    return need;
  }

  /** Where most of a unit's images are still wanted; training if nowhere. */
  private int neediest(Unit unit, double[][] need) {
    int best = 0;
    double most = Double.NEGATIVE_INFINITY;
    for (int part = 0; part < parts.size(); part++) {
      double wanted = 0;
      for (int k = 0; k < classes; k++) {
        wanted += Math.min(unit.byClass[k], need[part][k]);
      }
      boolean more = wanted > most;
      best = more ? part : best;
      most = Math.max(wanted, most);
    }
    return best;
  }
}
