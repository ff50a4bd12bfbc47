package dev.collapsar.learn.run;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.run.Machine;
import dev.collapsar.run.RunConditions;
import dev.collapsar.run.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where runs leave the bases that they have trained, with what was measured meanwhile, for other
 * runs whose base would be the same. What a run makes of such a base is what it would have made of
 * its own, byte for byte: the file is named by all that determines it.
 *
 * @param folder one file a base; made when the first is left
 * @param determined what determines the base, beside the data
 */
record SharedBases(Path folder, Map<String, Object> determined) {
  /** A base's place. */
  record Place(Path file, CheckpointSeal seal) {}

  /**
   * Of a run of a recipe with these settings; empty if none are to be shared, or the recipe does
   * not say which settings its base depends on.
   *
   * @param ofAdaptation those that it does not depend on
   */
  static Optional<SharedBases> of(
      String recipe, List<Setting<?>> ofAdaptation, Settings settings, RunOptions options) {
    List<String> free = ofAdaptation.stream().map(Setting::key).toList();
    if (options.bases() == null || free.isEmpty()) {
      return Optional.empty();
    }
    Map<String, Object> determined = new LinkedHashMap<>(settings.asMap());
    determined.keySet().removeAll(free);
    determined.put("of recipe", recipe);
    determined.put("of seed", options.seed());
    determined.put("of version", Machine.collapsar());
    determined.put("on threads", options.threads());
    determined.put("on device", options.device());
    return Optional.of(new SharedBases(options.bases(), determined));
  }

  /** Where the base of a run on these data lies, once one has left it. */
  Place of(Variant variant, List<RunRecord.DataSet> data) {
    Map<String, Object> all = new LinkedHashMap<>(determined);
    for (RunRecord.DataSet set : data) {
      String hashes =
          set.sha256().entrySet().stream().map(Object::toString).collect(Collectors.joining(","));
      all.put("data " + set.role(), set.samples() + " of " + set.shape() + " of " + hashes);
    }
    String key = RunConditions.recipeHash(variant.name(), 0, all);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw InvalidInputException.because(folder + " cannot be written", e);
    }
    return new Place(
        folder.resolve(key + ".safetensors"),
        new CheckpointSeal("shared", key, variant.stage(), variant.name()));
  }
}
