package dev.collapsar.cli.adapter;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.learn.spectra.AdapterSpectra;
import dev.collapsar.learn.spectra.LayerOrder;
import dev.collapsar.learn.spectra.UpdateSpectrum;
import dev.collapsar.report.ReportItemPage;
import dev.collapsar.report.TextTable;
import dev.collapsar.run.ReportItem;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** How {@link AdapterSpectra} are written down. */
final class SpectraTables implements Finding {
  private static final double MOST = .9;
  private static final double NEARLY_ALL = .99;
  private static final List<String> COLUMNS =
      List.of(
          "layer",
          "norm",
          "largest",
          "rank",
          "stable rank",
          "entropy rank",
          "90% energy",
          "99% energy");

  private final AdapterSpectra spectra;

  SpectraTables(AdapterSpectra spectra) {
    this.spectra = spectra;
  }

  @Override
  public void print(PrintWriter out) {
    TextTable table = new TextTable(COLUMNS.toArray(String[]::new));
    rows().forEach(row -> table.row(row.toArray(String[]::new)));
    out.println();
    out.print(table.folded());
    out.println();
    out.print(types().folded());
    spectra.others().forEach((module, why) -> out.println(module + ": no spectrum, " + why));
  }

  private List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    spectra.layers().forEach((module, spectrum) -> rows.add(row(module, spectrum)));
    return rows;
  }

  private static List<String> row(String module, UpdateSpectrum spectrum) {
    if (spectrum.rank() == 0) {
      return List.of(module, "0", "0", "0", "-", "-", "-", "-");
    }
    return List.of(
        module,
        Figures.digits(spectrum.norm()),
        Figures.digits(spectrum.values()[0]),
        Integer.toString(spectrum.rank()),
        twoDecimals(spectrum.stableRank()),
        twoDecimals(spectrum.entropyRank()),
        Integer.toString(spectrum.rankForEnergy(MOST)),
        Integer.toString(spectrum.rankForEnergy(NEARLY_ALL)));
  }

  private TextTable types() {
    Map<String, List<UpdateSpectrum>> types = new TreeMap<>(LayerOrder.NATURAL);
    spectra
        .layers()
        .forEach(
            (module, spectrum) ->
                types
                    .computeIfAbsent(LayerOrder.type(module), type -> new ArrayList<>())
                    .add(spectrum));
    double all = squares(spectra.layers().values());
    TextTable table =
        new TextTable("module", "layers", "norm of all", "of the adapter's", "mean stable rank");
    types.forEach(
        (type, own) -> {
          double squares = squares(own);
          table.row(
              type,
              Integer.toString(own.size()),
              Figures.digits(Math.sqrt(squares)),
              all > 0 ? Figures.percent(Math.sqrt(squares / all)) : "-",
              own.stream()
                  .filter(spectrum -> spectrum.rank() > 0)
                  .mapToDouble(UpdateSpectrum::stableRank)
                  .average()
                  .stream()
                  .mapToObj(SpectraTables::twoDecimals)
                  .findAny()
                  .orElse("-"));
        });
    return table;
  }

  private static double squares(Iterable<UpdateSpectrum> spectra) {
    double squares = 0;
    for (UpdateSpectrum spectrum : spectra) {
      squares += spectrum.norm() * spectrum.norm();
    }
    return squares;
  }

  private static String twoDecimals(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  @Override
  public void fill(ObjectNode root) {
    ObjectNode node = root.putObject("spectra");
    spectra
        .layers()
        .forEach(
            (module, spectrum) -> {
              ObjectNode own = node.putObject(module);
              own.put("norm", spectrum.norm()).put("rank", spectrum.rank());
              if (spectrum.rank() > 0) {
                own.put("stableRank", spectrum.stableRank())
                    .put("entropyRank", spectrum.entropyRank())
                    .put("entropyRankOfEnergy", spectrum.entropyRankOfEnergy())
                    .put("rankFor90Percent", spectrum.rankForEnergy(MOST))
                    .put("rankFor99Percent", spectrum.rankForEnergy(NEARLY_ALL));
              }
              ArrayNode values = own.putArray("singularValues");
              for (double value : spectrum.values()) {
                values.add(value);
              }
            });
  }

  String page(Path adapter) {
    List<ReportItem> items = new ArrayList<>();
    LayerMap.of(
            "Norm",
            "How large the update of each layer is (Frobenius).",
            false,
            spectra.layers(),
            UpdateSpectrum::norm)
        .ifPresent(items::add);
    LayerMap.of(
            "Stable rank",
            "The squared norm over the squared largest singular value: how many directions the"
                + " update spreads over.",
            false,
            spectra.layers(),
            spectrum -> spectrum.rank() == 0 ? Double.NaN : spectrum.stableRank())
        .ifPresent(items::add);
    items.add(
        new ReportItem.Table(
            "Every layer",
            "Norm and largest singular value of the update; entropy rank: exp of the entropy of the"
                + " singular values; how many of them have 90% and 99% of the squared norm.",
            COLUMNS,
            rows()));
    return ReportItemPage.render(
        "The spectra of an adapter's updates", List.of(adapter.toString()), items);
  }
}
