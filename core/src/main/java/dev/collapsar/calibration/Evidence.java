package dev.collapsar.calibration;

import dev.collapsar.metric.Measurement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The evidence beside the numbers of a measurement.
 *
 * @param whole of the samples as a whole: {@code samples_smallest_class}, {@code
 *     samples_largest_class}, {@code sampling_noise_share}
 * @param beside by the id of a number its chance level and its corrected number
 * @param remarks sentences that say how to read them
 * @param draws the draws that the levels are of, if any were made
 */
public record Evidence(
    List<Measurement> whole,
    Map<String, List<Measurement>> beside,
    List<String> remarks,
    Optional<NullDraws> draws) {
  public Evidence {
    whole = List.copyOf(whole);
    beside = Collections.unmodifiableMap(new LinkedHashMap<>(beside));
    remarks = List.copyOf(remarks);
  }

  /** Nothing at all. */
  public static Evidence none() {
    return new Evidence(List.of(), Map.of(), List.of(), Optional.empty());
  }

  /** The same with more that is said of the samples as a whole. */
  public Evidence with(List<Measurement> more) {
    List<Measurement> all = new ArrayList<>(whole);
    all.addAll(more);
    return new Evidence(all, beside, remarks, draws);
  }

  /** What stands beside the number of this id. */
  public List<Measurement> of(String id) {
    return beside.getOrDefault(id, List.of());
  }
}
