package dev.collapsar.report.measured;

import dev.collapsar.calibration.Evidence;
import dev.collapsar.classes.ClassNumbers;
import dev.collapsar.metric.MeasuredCollapse;
import java.util.List;

/**
 * The subject of a page: features that were measured.
 *
 * @param layer its name where there are several, else empty
 * @param classNames the label of each class, if that is not its number
 */
public record MeasuredFeatures(
    String layer,
    MeasuredCollapse measured,
    Evidence evidence,
    List<ClassNumbers> classes,
    List<String> classNames) {
  String nameOf(int label) {
    return label < classNames.size() ? classNames.get(label) : Integer.toString(label);
  }
}
