package dev.collapsar.learn.experiment;

import java.nio.file.Path;
import java.util.Map;

/**
 * What the user asked of a run, beside which recipe.
 *
 * @param chosen settings by dotted key, as the user wrote them
 * @param out the run directory, or null for {@code runs/<recipe>-<UTC time>}
 * @param quick the recipe's own smaller values, where the user chose none
 * @param dataDir where other data files lie, or null for the bundled ones
 */
public record RunOptions(
    Map<String, Settings.Chosen> chosen,
    Path out,
    Path dataDir,
    long seed,
    int threads,
    String device,
    boolean quick) {}
